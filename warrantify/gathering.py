"""A request as its bytes come in, until it is whole and a thread may take it up."""

import re
import time
from typing import Any

from gunicorn.http.unreader import SocketUnreader

MAX_HEAD_BYTES = 128 * 1024
# The largest form that the service reads (MAX_UPLOAD_BODY_BYTES). Longer ones are refused by their length.
MAX_BODY_BYTES = 16 * 1024 * 1024
# How long a thread waits in all for what was not gathered.
THREAD_WAITS_SECONDS = 10.0

_HEAD_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*([0-9]{1,12})[ \t]*\r?\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\ntransfer-encoding:", re.IGNORECASE)
_EXPECT = re.compile(rb"\nexpect:[ \t]*100-continue[ \t]*\r(?=\n)", re.IGNORECASE)


class Gathering:
    """The bytes of one request so far; the next one's may follow them.

    It only guesses where a request ends, and a wrong guess costs no more than a thread's time: what a
    request is, gunicorn's parser says.
    """

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)
        self._searched = 0
        self._head: int | None = None
        self._end: int | None = None  # of what is not chunked

    def __len__(self) -> int:
        return len(self.data)

    def is_whole(self) -> bool:
        """Whether all of it is here."""
        if self._head is None and not self._find_head():
            return False
        assert self._head is not None
        if self._end is not None:
            return len(self.data) >= self._end
        return len(self.data) - self._head >= len("0\r\n\r\n") and self.data.endswith(b"\r\n\r\n")

    def is_too_long(self) -> bool:
        """Whether it is more than is gathered."""
        if self._head is None:
            return len(self.data) > MAX_HEAD_BYTES
        return (self._end or len(self.data)) - self._head > MAX_BODY_BYTES

    def take_expectation(self) -> int:
        """Strikes out `Expect: 100-continue`, for who has told the client to go on; 0 or its length."""
        if self._head is None or not (found := _EXPECT.search(self.data, 0, self._head)):
            return 0
        length = len(found[0])
        del self.data[found.start() : found.end()]
        self._head -= length
        self._end = self._end and self._end - length
        return length

    def _find_head(self) -> bool:
        found = _HEAD_END.search(self.data, self._searched)
        if found is None:
            self._searched = max(0, len(self.data) - 2)
            return False
        self._head = found.end()
        if not _CHUNKED.search(self.data, 0, self._head):
            length = _LENGTH.search(self.data, 0, self._head)
            self._end = self._head + (int(length[1]) if length else 0)
        return True


class ReadAhead(SocketUnreader):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's source of bytes: what was gathered, then the socket for a limited time.

    Raises TimeoutError from `chunk` where that is over.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._ahead = memoryview(b"")
        self._deadline = 0.0

    def put(self, data: bytearray) -> None:
        """What was gathered of the next request."""
        self._ahead = memoryview(data)
        self._deadline = 0.0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes, at most as many as gunicorn would take from the socket at once."""
        if self._ahead:
            size = min(max(size_hint or 0, self.mxchunk), self.max_body_chunk)
            data, self._ahead = bytes(self._ahead[:size]), self._ahead[size:]
            return data
        now = time.monotonic()
        self._deadline = self._deadline or now + THREAD_WAITS_SECONDS
        if now >= self._deadline:
            raise TimeoutError
        self.sock.settimeout(self._deadline - now)
        try:
            received: bytes = super().chunk(size_hint)
        finally:
            self.sock.settimeout(None)
        return received

    def take_rest(self) -> bytes:
        """All that is left, which is the beginning of the next request."""
        rest: bytes = self.take_buffered() + bytes(self._ahead)
        self._ahead = memoryview(b"")
        return rest
