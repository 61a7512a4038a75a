"""Requests that no client library sends, against a live gunicorn, byte by byte."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.support.service import Service

pytestmark = pytest.mark.once

BODY = b'{"repair_ref_no":"x"}'
PATH = b"/api/warrantify/repair/single-order/"


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def exchange(live: Service, raw: bytes) -> list[tuple[int, dict[str, object]]]:
    """Every answer on the connection: status and JSON."""
    address = urlsplit(live.base)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as file:
            received = file.read()
    answers = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        answers.append((int(head.split()[1]), json.loads(rest[:length] or b"{}")))
        received = rest[length:]
    return answers


def post(
    token: str, *headers: bytes, body: bytes = BODY, path: bytes = PATH, version: bytes = b"1.1"
) -> bytes:
    lines = [
        b"POST " + path + b" HTTP/" + version,
        b"Host: localhost",
        b"Connection: close",
        b"Content-Type: application/json",
        b"Authorization: " + token.encode(),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def token(live: Service) -> str:
    return live.token()


LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked"

SMUGGLING = {
    "length and chunked": ((LENGTH, CHUNKED), chunked(BODY)),
    "two lengths": ((LENGTH, b"Content-Length: 5"), BODY),
    "one length twice": ((LENGTH, LENGTH), BODY),
    "list of lengths": ((b"Content-Length: 21, 21",), BODY),
    "length abc": ((b"Content-Length: abc",), BODY),
    "length -1": ((b"Content-Length: -1",), BODY),
    "length +21": ((b"Content-Length: +21",), BODY),
    "length 0x15": ((b"Content-Length: 0x15",), BODY),
    "space before the colon": ((b"Transfer-Encoding : chunked",), chunked(BODY)),
    "unknown coding": ((b"Transfer-Encoding: xchunked",), chunked(BODY)),
    "chunked twice": ((b"Transfer-Encoding: chunked, chunked",), chunked(BODY)),
    "chunked not last": ((b"Transfer-Encoding: chunked, gzip",), chunked(BODY)),
    "folded header": ((LENGTH, b"X-A: b\r\n c"), BODY),
    "bare CR in a header": ((LENGTH, b"X-A: b\rX-B: c"), BODY),
    "bare LF in a header": ((LENGTH, b"X-A: b\nX-B: c"), BODY),
    "NUL in a header": ((LENGTH, b"X-A: b\x00c"), BODY),
    "no colon": ((LENGTH, b"X-A"), BODY),
    "chunk size that is no number": ((CHUNKED,), b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunk size of -1": ((CHUNKED,), b"-1\r\n{}\r\n0\r\n\r\n"),
    "chunk longer than it says": ((CHUNKED,), b"1\r\n{}\r\n0\r\n\r\n"),
    "two hosts": ((LENGTH, b"Host: elsewhere"), BODY),
}


@pytest.mark.parametrize("shape", SMUGGLING)
def test_a_smuggling_shape_gets_one_refusal(live: Service, token: str, shape: str) -> None:
    headers, body = SMUGGLING[shape]
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    [(status, answer)] = exchange(live, post(token, *headers, body=body + smuggled))
    assert status in {400, 501}
    assert answer["Message"] in {"Invalid request data", "Not Implemented"}


def test_chunked_in_http_1_0_is_refused(live: Service, token: str) -> None:
    [(status, _)] = exchange(live, post(token, CHUNKED, body=chunked(BODY), version=b"1.0"))
    assert status == 400


@pytest.mark.parametrize("line", [b"GET /healthz HTTP/1.1\nHost: localhost\n\n", b"\x16\x03\x01\x02\r\n\r\n"])
def test_what_is_no_http_is_400_in_the_envelope(live: Service, line: bytes) -> None:
    [(status, answer)] = exchange(live, line)
    assert (status, answer["Success"]) == (400, "False")


def test_a_chunked_body_is_read(live: Service, token: str) -> None:
    [(status, answer)] = exchange(live, post(token, CHUNKED, body=chunked(BODY)))
    assert (status, answer["Message"]) == (400, "Missing required fields")


def test_a_chunked_body_over_the_limit_is_413(live: Service, token: str) -> None:
    body = b"%x\r\n%s\r\n" % (300_000, b" " * 300_000) + chunked(b"{}")
    [(status, answer)] = exchange(live, post(token, CHUNKED, body=body))
    assert (status, answer["Message"]) == (413, "Request body too large")


def test_a_compressed_body_is_not_unpacked(live: Service, token: str) -> None:
    gzipped = bytes.fromhex("1f8b08000000000002ffabae0500430bf28f02000000")
    headers = (b"Content-Encoding: gzip", b"Content-Length: %d" % len(gzipped))
    [(status, answer)] = exchange(live, post(token, *headers, body=gzipped))
    assert (status, answer["Message"]) == (400, "Malformed JSON body")


def test_expect_100_continue_is_answered(live: Service, token: str) -> None:
    answers = exchange(live, post(token, b"Expect: 100-continue", LENGTH))
    assert [status for status, _ in answers] == [100, 400]


def test_an_unknown_expectation_is_417(live: Service, token: str) -> None:
    assert exchange(live, post(token, b"Expect: 200-ok", LENGTH))[0][0] == 417


def test_an_oversized_header_is_431(live: Service, token: str) -> None:
    assert exchange(live, post(token, LENGTH, b"X-A: " + b"a" * 9000))[0][0] == 431


def test_too_many_headers_are_431(live: Service, token: str) -> None:
    many = [b"X-%d: a" % number for number in range(200)]
    assert exchange(live, post(token, LENGTH, *many))[0][0] == 431


def test_an_over_long_path_is_414(live: Service, token: str) -> None:
    assert exchange(live, post(token, LENGTH, path=PATH + b"?" + b"a" * 9000))[0][0] == 414


@pytest.mark.parametrize(
    "header", [b"X-HTTP-Method-Override: DELETE", b"X-Method-Override: PUT", b"X-HTTP-Method: PATCH"]
)
def test_the_method_cannot_be_overridden(live: Service, token: str, header: bytes) -> None:
    [(_, answer)] = exchange(live, post(token, LENGTH, header))
    assert answer["Message"] == "Missing required fields"


@pytest.mark.parametrize(
    "path",
    [
        b"/api//warrantify/repair/single-order/",
        b"/api/warrantify/x/../repair/single-order/",
        b"/api/warrantify/x/%2e%2e/repair/single-order/",
        b"/api/warrantify/repair/single-order/%00",
        b"/api/warrantify/repair/single-order%0a",
        b"/api/warrantify/repair/single-order/;a=b",
        b"/api/warrantify/repair%2fsingle-order%2f/..",
        b"/api/%ff%fe",
    ],
)
def test_a_path_trick_is_404_in_the_envelope(live: Service, token: str, path: bytes) -> None:
    [(status, answer)] = exchange(live, post(token, LENGTH, path=path))
    assert (status, answer["Message"]) == (404, "Not found")


@pytest.mark.parametrize("host", [b"http://localhost", b"http://elsewhere.example"])
def test_an_absolute_address_is_its_path(live: Service, token: str, host: bytes) -> None:
    [(_, answer)] = exchange(live, post(token, LENGTH, path=host + PATH))
    assert answer["Message"] == "Missing required fields"


@pytest.mark.parametrize("method", [b"TRACE", b"PUT", b"DELETE", b"PROPFIND"])
def test_another_method_is_405_in_the_envelope(live: Service, token: str, method: bytes) -> None:
    [(status, answer)] = exchange(live, post(token, LENGTH).replace(b"POST", method, 1))
    assert (status, answer["Message"]) == (405, "Method not allowed")


def test_an_underscored_header_is_not_taken_for_its_namesake(live: Service, token: str) -> None:
    raw = post(token, LENGTH).replace(b"Authorization:", b"X_API_Key: wk_a_b\r\nAuthorization:")
    [(_, answer)] = exchange(live, raw)
    assert answer["Message"] == "Missing required fields"
