"""Clients that take their time, against a live gunicorn with nothing in front of it."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest
import requests

from tests.security.test_hostile_http import BODY, CHUNKED, LENGTH, chunked, post
from tests.support.service import Service

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
LOGIN = b"/api/warrantify/token/"  # reads bodies of anybody
MORE_THAN_THREADS = 60

UNFINISHED = {
    "nothing": b"",
    "half a line": b"POST /api/warr",
    "half a head": GET,
    "half a body": post("", b"Content-Length: 9000", path=LOGIN),
    "half a chunked body": post("", CHUNKED, body=b"1000\r\n{", path=LOGIN),
    "a body held back": post("", b"Expect: 100-continue", b"Content-Length: 9000", body=b"", path=LOGIN),
    "the beginning of a gigabyte": post("", b"Content-Length: 1000000000", path=LOGIN),
    "a length of 16 digits": post("", b"Content-Length: 1000000000000000", path=b"/healthz"),
    "a chunk of 13 digits": post("", CHUNKED, body=b"1000000000000\r\n{", path=LOGIN),
    "a chunk line without CR": post("", CHUNKED, body=b"5\n{", path=LOGIN),
    "a chunk line without end": post("", CHUNKED, body=b"0" * 5000, path=LOGIN),
    "a second request": GET + b"\r\n" + GET,
    "no close after the last answer": GET + b"Connection: close\r\n\r\n",
}


@contextmanager
def connection(live: Service) -> Iterator[socket.socket]:
    address = urlsplit(live.base)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connected:
        yield connected


def answer(connected: socket.socket) -> bytes:
    """What comes until the service closes."""
    with connected.makefile("rb") as file:
        return file.read()


@pytest.mark.parametrize("shape", UNFINISHED)
def test_the_unfinished_keep_nobody_waiting(live: Service, shape: str) -> None:
    with ExitStack() as held:
        for _ in range(MORE_THAN_THREADS):
            held.enter_context(connection(live)).sendall(UNFINISHED[shape])
        for _ in range(3):
            assert requests.get(f"{live.base}/healthz", timeout=10).status_code == 200


@pytest.mark.parametrize("headers", [(LENGTH,), (CHUNKED,)])
def test_a_request_in_pieces_is_one_request(live: Service, headers: tuple[bytes, ...]) -> None:
    raw = post(live.token(), *headers, body=BODY if headers == (LENGTH,) else chunked(BODY))
    with connection(live) as connected:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(raw), 7):
            connected.sendall(raw[start : start + 7])
        answered = answer(connected)
    assert answered.count(b"HTTP/1.1 ") == 1
    assert b"Missing required fields" in answered


def test_a_body_held_back_is_called_for_once(live: Service) -> None:
    with connection(live) as connected:
        connected.sendall(post(live.token(), b"Expect: 100-continue", LENGTH, body=b""))
        assert connected.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connected.sendall(BODY)
        answered = answer(connected)
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert b"Missing required fields" in answered


def test_a_request_behind_another_is_answered_when_it_is_whole(live: Service) -> None:
    last = GET + b"Connection: close\r\n\r\n"
    with connection(live) as connected:
        connected.sendall(GET + b"\r\n" + last[:20])
        first = connected.recv(1000)
        connected.sendall(last[20:])
        assert (first + answer(connected)).count(b"HTTP/1.1 200 ") == 2


def test_half_a_request_and_no_more_is_refused(live: Service) -> None:
    with connection(live) as connected:
        connected.sendall(post(live.token(), b"Content-Length: 9000"))
        connected.shutdown(socket.SHUT_WR)
        assert answer(connected).startswith(b"HTTP/1.1 400 ")
