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
    """Refuses requests that cannot be parsed as JSON, and logs neither their headers nor their path."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answers what never reached the application; the connection is closed after it."""
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
