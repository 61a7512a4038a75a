"""Where a request that comes in pieces ends."""

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from warrantify.gathering import MAX_BODY_BYTES, MAX_HEAD_BYTES, Gathering

HEAD = b"POST /x HTTP/1.1\r\nHost: localhost\r\n"
REQUESTS = {
    "no body": HEAD + b"\r\n",
    "a body": HEAD + b"Content-Length: 5\r\n\r\n{\r\n\r\n",
    "a length in other letters": HEAD + b"CONTENT-length:5\r\n\r\n12345",
    "a chunked body": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks that look like an end": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n7;x=y\r\n0\r\n\r\n{}\r\n00\r\n\r\n",
    "a chunked body with a trailer": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: b\r\n\r\n",
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_a_request_is_whole_at_its_last_byte(request_: bytes) -> None:
    gathering = Gathering()
    for count, byte in enumerate(request_, start=1):
        gathering.data.append(byte)
        assert gathering.is_whole() == (count == len(request_))
        assert not gathering.is_too_long()


PARTS = [
    b"\r",
    b"\n",
    b"\r\n",
    b"Content-Length: 3",
    b"Transfer-Encoding: chunked",
    b"0",
    b"a",
    b"{}",
    b"GET / HTTP/1.1",
]


@given(st.lists(st.sampled_from(PARTS)).map(b"".join), st.integers(0, 200))
def test_where_the_bytes_are_cut_makes_no_difference(data: bytes, cut: int) -> None:
    in_pieces = Gathering(data[:cut])
    in_pieces.is_whole()
    in_pieces.data += data[cut:]
    assert in_pieces.is_whole() == Gathering(data).is_whole()


def test_a_trailer_after_an_expectation_ends_the_request() -> None:
    chunked = HEAD + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: b"
    gathering = Gathering(chunked)
    assert not gathering.is_whole()
    gathering.take_expectation()
    gathering.data += b"\r\n\r\n"
    assert gathering.is_whole()


@pytest.mark.parametrize("line", [b"zz\r\n", b"-1\r\n", b"\r\n", b"0" * 5000])
def test_odd_chunks_are_for_the_parser_to_judge(line: bytes) -> None:
    assert Gathering(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + line).is_whole()


def test_what_follows_a_request_does_not_hold_it_up() -> None:
    assert Gathering(REQUESTS["a body"] + HEAD).is_whole()


@pytest.mark.parametrize(
    ("data", "too_long"),
    [
        (HEAD + b"Content-Length: %d\r\n\r\n" % MAX_BODY_BYTES, False),
        (HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), True),
        (b"x" * MAX_HEAD_BYTES, False),
        (b"x" * (MAX_HEAD_BYTES + 1), True),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n" + b"x" * (MAX_BODY_BYTES - 9), False),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n" + b"x" * (MAX_BODY_BYTES - 8), True),
    ],
)
def test_more_than_any_endpoint_takes_is_not_gathered(data: bytes, too_long: bool) -> None:
    gathering = Gathering(data)
    assert not gathering.is_whole()
    assert gathering.is_too_long() is too_long


def test_the_largest_form_is_gathered() -> None:
    assert MAX_BODY_BYTES == settings.MAX_UPLOAD_BODY_BYTES


def test_an_expectation_that_was_met_is_struck_out() -> None:
    gathering = Gathering(HEAD + b"Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n{")
    assert not gathering.is_whole()
    assert gathering.waits_for_continue
    assert gathering.take_expectation()
    assert not gathering.waits_for_continue
    gathering.data += b"}"
    assert gathering.is_whole()
    assert gathering.data == HEAD + b"Content-Length: 2\r\n\r\n{}"
