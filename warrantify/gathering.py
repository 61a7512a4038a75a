"""A request as its bytes come in, until it is whole and a thread may take it up."""

import re
from typing import Any

from gunicorn.http.unreader import SocketUnreader

MAX_HEAD_BYTES = 128 * 1024
# The largest form that the service reads (MAX_UPLOAD_BODY_BYTES). Longer ones are refused by their length.
MAX_BODY_BYTES = 16 * 1024 * 1024

_HEAD_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*0*+([0-9]{0,15})[ \t]*\r?\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\ntransfer-encoding:", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"(?=[0-9a-f])0*+([0-9a-f]{0,12})[^0-9a-f\n][^\n]*\n", re.IGNORECASE)
_EXPECT = re.compile(rb"\nexpect:[ \t]*100-continue[ \t]*\r(?=\n)", re.IGNORECASE)
MAX_CHUNK_LINE_BYTES = 4096


class Gathering:
    """The bytes of one request so far; the next one's may follow them.

    It says where a request ends as far as that is plain. What is odd counts as whole: what a request
    is, gunicorn's parser says.
    """

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)
        self._searched = 0
        self._head: int | None = None
        self._end: int | None = None  # of what is not chunked
        self._chunk = 0  # where the next chunk of what is chunked begins
        self._in_trailer = False
        self.waits_for_continue = False

    def __len__(self) -> int:
        return len(self.data)

    def is_whole(self) -> bool:
        """Whether all of it is here."""
        if self._head is None and not self._find_head():
            return False
        return len(self.data) >= self._end if self._end is not None else self._chunks_are_whole()

    def is_too_long(self) -> bool:
        """Whether it is more than is gathered."""
        return not self.has_head() or (self._end or len(self.data)) - (self._head or 0) > MAX_BODY_BYTES

    def has_head(self) -> bool:
        """Whether its head is here, or may still come within MAX_HEAD_BYTES."""
        return self._head is not None or len(self.data) <= MAX_HEAD_BYTES

    def take_expectation(self) -> int:
        """Strikes out `Expect: 100-continue`, for who has told the client to go on; how long it was."""
        self.waits_for_continue = False
        found = _EXPECT.search(self.data, 0, self._head or 0)
        if self._head is None or found is None:
            return 0
        length = len(found[0])
        del self.data[found.start() : found.end()]
        self._head -= length
        self._chunk -= length
        self._searched = max(0, self._searched - length)
        self._end = self._end and self._end - length
        return length

    def _find_head(self) -> bool:
        found = _HEAD_END.search(self.data, self._searched)
        if found is None:
            self._searched = max(0, len(self.data) - 2)
            return False
        self._head = self._chunk = found.end()
        if not _CHUNKED.search(self.data, 0, self._head):
            length = _LENGTH.search(self.data, 0, self._head)
            self._end = self._head + (int(length[1] or b"0") if length else 0)
        is_1_1 = self.data[: self.data.find(b"\n")].rstrip().endswith(b"HTTP/1.1")
        self.waits_for_continue = is_1_1 and _EXPECT.search(self.data, 0, self._head) is not None
        return True

    def _chunks_are_whole(self) -> bool:
        while not self._in_trailer:
            line = self.data.find(b"\n", self._chunk, self._chunk + MAX_CHUNK_LINE_BYTES) + 1
            if not line:
                return len(self.data) - self._chunk >= MAX_CHUNK_LINE_BYTES
            size = _CHUNK_SIZE.match(self.data, self._chunk, line)
            if size is None:
                return True
            length = int(size[1] or b"0", 16)
            if length == 0:
                self._in_trailer, self._searched = True, line - 2
                break
            self._chunk = line + length + len("\r\n")
        if _HEAD_END.search(self.data, self._searched):
            return True
        self._searched = max(self._searched, len(self.data) - 2)
        return len(self.data) - self._chunk > MAX_HEAD_BYTES


class ReadAhead(SocketUnreader):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's source of bytes: what was gathered, and then the end, as if the client had gone.

    So a thread never waits for a client. `ran_dry` says that gunicorn wanted more.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._ahead = memoryview(b"")
        self.ran_dry = False

    def put(self, data: bytearray) -> None:
        """What was gathered of the next request."""
        self._ahead = memoryview(data)

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes, at most as many as gunicorn would take from the socket at once."""
        size = min(max(size_hint or 0, self.mxchunk), self.max_body_chunk)
        data, self._ahead = bytes(self._ahead[:size]), self._ahead[size:]
        self.ran_dry |= not data
        return data

    def take_rest(self) -> bytes:
        """All that is left, which is the beginning of the next request."""
        rest: bytes = self.take_buffered() + bytes(self._ahead)
        self._ahead = memoryview(b"")
        return rest
