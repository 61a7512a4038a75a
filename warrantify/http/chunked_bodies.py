"""Bodies without a Content-Length (`Transfer-Encoding: chunked`), which Django takes for empty."""

from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings

IN_MEMORY_BYTES = 1024 * 1024
READ_BYTES = 64 * 1024

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class ChunkedBodies:
    """WSGI middleware that reads a chunked body and then declares its length.

    It stops one byte past MAX_UPLOAD_BODY_BYTES, the largest body that any endpoint takes; the endpoints
    check the length against their own limits. Over IN_MEMORY_BYTES the body waits in a temporary file.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        # Only a server that says so ends its stream where the body ends.
        if "HTTP_TRANSFER_ENCODING" not in environ or not environ.get("wsgi.input_terminated"):
            return self.application(environ, start_response)
        with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as spool:
            length = _copy(environ["wsgi.input"], spool, settings.MAX_UPLOAD_BODY_BYTES + 1)
            spool.seek(0)
            environ["wsgi.input"] = spool
            environ["CONTENT_LENGTH"] = str(length)
            return self.application(environ, start_response)


def _copy(source: IO[bytes], target: IO[bytes], limit: int) -> int:
    length = 0
    while length < limit and (piece := source.read(min(READ_BYTES, limit - length))):
        target.write(piece)
        length += len(piece)
    return length
