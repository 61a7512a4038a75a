"""Clients that take their time, against nginx as it is deployed, in front of a live gunicorn."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from chaos.parts import Nginx
from chaos.topology import trusting_context
from tests.security.test_hostile_http import CHUNKED, LENGTH, post
from tests.support.processes import LOOPBACK, free_port
from tests.support.required import need_program
from tests.support.service import Service

pytestmark = pytest.mark.once

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
LOGIN = b"/api/warrantify/token/"  # reads the body of any caller
MORE_THAN_THREADS = 60
TRUSTING = trusting_context()

UNFINISHED = {
    "nothing": b"",
    "half a line": b"POST /api/warr",
    "half a head": GET,
    "half a body": post("", b"Content-Length: 9000", path=LOGIN),
    "half a chunked body": post("", CHUNKED, body=b"1000\r\n{", path=LOGIN),
    "a body held back": post("", b"Expect: 100-continue", b"Content-Length: 9000", body=b"", path=LOGIN),
    "the beginning of a gigabyte": post("", b"Content-Length: 1000000000", path=LOGIN),
    "a chunk of 13 digits": post("", CHUNKED, body=b"1000000000000\r\n{", path=LOGIN),
    "a second request": GET + b"\r\n" + GET,
    "no close after the last answer": GET + b"Connection: close\r\n\r\n",
}


@pytest.fixture(scope="module")
def nginx(live: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """The deployed nginx configuration before the live service."""
    need_program("NGINX", "nginx", "nginx-light")
    home: Path = tmp_path_factory.mktemp("nginx")
    home.chmod(0o755)  # its workers run as another user
    port = urlsplit(live.base).port
    assert port
    proxy = Nginx(home, (port, port))
    proxy.start()
    yield proxy
    proxy.stop()


@contextmanager
def connection(proxy: Nginx) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection((LOOPBACK, proxy.port), timeout=20) as plain,
        TRUSTING.wrap_socket(plain) as connected,
    ):
        yield connected


def status_and_body(proxy: Nginx, raw: bytes) -> tuple[int, bytes]:
    """The answer to `raw`; the proxy lingers after it for the rest of a body."""
    with connection(proxy) as connected:
        connected.sendall(raw)
        answer = HTTPResponse(connected)
        answer.begin()
        return answer.status, answer.read()


@pytest.mark.parametrize("shape", UNFINISHED)
def test_the_unfinished_keep_nobody_waiting(nginx: Nginx, shape: str) -> None:
    with ExitStack() as held:
        for _ in range(MORE_THAN_THREADS):
            held.enter_context(connection(nginx)).sendall(UNFINISHED[shape])
        for _ in range(3):
            answer = requests.get(f"https://{LOOPBACK}:{nginx.port}/healthz", timeout=10, verify=False)
            assert answer.status_code == 200


REFUSED_BY_NGINX = {
    "a path of 9 KB": (414, b"GET /api/x?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "a header of 9 KB": (400, GET + b"X-A: " + b"a" * 9000 + b"\r\n\r\n"),
    "no host": (400, b"GET /healthz HTTP/1.1\r\n\r\n"),
    "a JSON body of 2 MB": (413, post("", b"Content-Length: 2000000", path=LOGIN)),
}


@pytest.mark.parametrize("shape", REFUSED_BY_NGINX)
def test_what_nginx_refuses_is_in_the_envelope(nginx: Nginx, shape: str) -> None:
    expected, raw = REFUSED_BY_NGINX[shape]
    status, body = status_and_body(nginx, raw)
    assert (status, body.startswith(b'{"Success":"False","Status_code":"%d"' % expected)) == (expected, True)


def test_a_form_too_large_for_nginx_is_refused_as_the_service_does(nginx: Nginx) -> None:
    raw = post("", b"Content-Length: 40000000", path=b"/api/warrantify/repair/bulk-order/")
    status, body = status_and_body(nginx, raw)
    assert (status, json.loads(body)["Status_code"]) == (400, 400)
    assert json.loads(body)["Message"] == "File size cannot exceed 10 MB"


def test_instances_that_are_away_are_503_with_bulk_orders_numeric_status(nginx: Nginx) -> None:
    away = Nginx(nginx.home / "away", (free_port(), free_port()))
    away.home.mkdir()
    away.start()
    try:
        status, body = status_and_body(away, post("", LENGTH, path=b"/api/warrantify/repair/bulk-order/"))
    finally:
        away.stop()
    assert (status, json.loads(body)["Status_code"]) == (503, 503)
