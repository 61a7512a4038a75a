"""gunicorn's threaded worker, speaking the envelope where gunicorn itself refuses a request."""

import json
import logging
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from warrantify.logs import request_id

logger = logging.getLogger(__name__)

REFUSALS: dict[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """gthread that refuses in JSON, and that loses no connection when it stops."""

    alive: bool

    def set_accept_enabled(self, enabled: bool) -> None:
        """When stopping, takes what waits in the queue and closes it to others.

        gthread keeps it open while the last requests end; connections that the kernel puts there
        meanwhile are never answered.
        """
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        for listener in self.sockets:
            before = -1
            while before != self.nr_conns:
                before = self.nr_conns
                self.accept(listener)
            listener.close()

    def is_parent_alive(self) -> bool:
        """Without its master a worker stops as on SIGTERM, so that a new master gets the port soon."""
        self.alive = self.alive and super().is_parent_alive()
        return bool(self.alive)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answers what never reached the application, and logs neither its headers nor its path."""
        from warrantify.errors import MESSAGES, envelope  # the master does not load Django

        request_id.set("-")  # the thread still has the last request's
        status = REFUSALS.get(type(exc), HTTPStatus.BAD_REQUEST)
        if isinstance(exc, errors.ParseException):
            logger.warning("Refused as HTTP: %s", type(exc).__name__)
        else:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            logger.error("Unhandled error outside the application", exc_info=exc)
        body = json.dumps(envelope(status, MESSAGES.get(status, status.phrase))).encode()
        head = (
            f"HTTP/1.1 {status} {status.phrase}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        util.write_nonblock(client, head.encode() + body)
