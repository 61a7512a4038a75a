"""gunicorn's threaded worker and its logger, with what the service's promises need beside them.

Only public hooks of gunicorn are used. What slow clients do is left to the proxy in front.
"""

import contextlib
import json
import logging
import select
from http import HTTPStatus
from typing import Any

from gunicorn import glogging, util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from warrantify.observability.logs import correlation_id

logger = logging.getLogger(__name__)

REFUSALS: dict[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}


class Logger(glogging.Logger):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's logger without its access line: the application writes one for each request."""

    def access(self, *args: Any) -> None:
        """Writes nothing."""


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """gthread that answers in the API's envelope and loses no connection when it stops."""

    alive: bool

    def set_accept_enabled(self, enabled: bool) -> None:
        """When stopping, accepts the connections that wait in the kernel's queue, then closes it.

        gthread leaves them there until its last request has ended, and the kernel then resets them.
        """
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            while select.select([listener], [], [], 0)[0]:
                self.accept(listener)
            listener.close()

    def is_parent_alive(self) -> bool:
        """Returns whether the master lives; without it the worker stops as on SIGTERM."""
        if not super().is_parent_alive():
            self.alive = False
        return self.alive

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answers what never reached the application; logs neither headers nor path."""
        correlation_id.set("-")  # this thread's last request had one
        status = REFUSALS.get(type(exc), HTTPStatus.BAD_REQUEST)
        if isinstance(exc, errors.ParseException):
            logger.warning("Refused as HTTP: %s", type(exc).__name__)
        else:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            logger.error("Unhandled error outside the application", exc_info=exc)
        with contextlib.suppress(OSError):  # the client is gone
            util.write_nonblock(client, _refusal(status))


def _refusal(status: HTTPStatus) -> bytes:
    from warrantify.http.errors import MESSAGES, envelope  # the master does not load Django

    body = json.dumps(envelope(status, MESSAGES.get(status, status.phrase))).encode()
    head = (
        f"HTTP/1.1 {status} {status.phrase}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
