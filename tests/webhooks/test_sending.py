"""One deadline, 8 KB read, no proxy: whatever the server does."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.webhooks.receiver import Receiver, answering
from webhooks import sending


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Accepts one connection, reads the request, and lets `talk` answer."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            try:
                talk(connection)
            except OSError:  # the sender hung up
                return

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    server.close()


def drip(connection: socket.socket) -> None:
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.1)


@pytest.fixture(autouse=True)
def _short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 1.0)


def drip_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
    drip(connection)


def drip_chunks(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"1\r\nx\r\n")
        time.sleep(0.1)


@pytest.mark.parametrize(
    "talk", [drip, lambda connection: time.sleep(5), lambda c: c.sendall(b"HTTP/1.1 20")]
)
def test_no_status_in_time_is_a_failure(talk: Callable[[socket.socket], None]) -> None:
    began = time.monotonic()
    with raw_server(talk) as url, pytest.raises(sending.SendingError):
        sending.post(url, b"{}", {})
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("talk", [drip_body, drip_chunks])
def test_a_dripping_body_ends_at_the_deadline_with_its_status(talk: Callable[[socket.socket], None]) -> None:
    began = time.monotonic()
    with raw_server(talk) as url:
        answer = sending.post(url, b"{}", {})
    assert answer.status == 200
    assert set(answer.text) == {"x"}
    assert 0.9 < time.monotonic() - began < 3


def test_of_a_huge_body_8_kb_are_read_and_500_characters_kept(sink: Receiver) -> None:
    sink.answer = answering(200, body=b"y" * 50_000_000)
    assert len(sending.post(sink.url, b"{}", {}).text) == 500


def test_a_body_that_breaks_off_changes_nothing_about_the_status() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 204 OK\r\nContent-Length: 50\r\n\r\nhalf")

    with raw_server(talk) as url:
        assert sending.post(url, b"{}", {}).status == 204


@pytest.mark.parametrize("noise", [b"SSH-2.0-OpenSSH\r\n", b"\x00" * 100, b"HTTP/1.1 abc\r\n\r\n", b""])
def test_what_is_not_http_is_a_failure(noise: bytes) -> None:
    noisy = raw_server(lambda connection: connection.sendall(noise))
    with noisy as url, pytest.raises(sending.SendingError):
        sending.post(url, b"{}", {})


def test_a_proxy_of_the_environment_is_not_used(sink: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert sending.post(sink.url, b"{}", {}).status == 200


def test_path_query_and_host_are_the_urls_own(sink: Receiver) -> None:
    paths: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        paths.append(handler.path)
        answering(200)(handler)

    sink.answer = answer
    sending.post(sink.url, b"{}", {})
    assert paths == ["/hooks?a=1"]
    assert sink.received[0].headers["host"] == sink.url.split("/")[2]


@pytest.mark.parametrize("header", ["x", "-5", "Wed, 21 Oct 2015 07:28:00 GMT", "", "9" * 400])
def test_odd_retry_after_headers_do_no_harm(sink: Receiver, header: str) -> None:
    sink.answer = answering(503, {"Retry-After": header})
    assert 0 <= sending.post(sink.url, b"{}", {}).retry_after <= 3600


def test_a_refused_connection_is_said_without_our_network(settings: Any) -> None:
    with pytest.raises(sending.SendingError, match=r"^The connection was refused\.$"):
        sending.post("http://127.0.0.1:9/", b"{}", {})
