"""JSON log lines that name the request and never repeat a customer's data."""

import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="-")


class CorrelationIdFilter(logging.Filter):
    """Puts the ID of the current HTTP request on each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation_id = correlation_id.get()
        return True


class EndpointFilter(logging.Filter):
    """Names the endpoint where Django's lines of failed requests name the path, which may hold a token."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            endpoint = match.view_name if match else "unknown"
            record.args = tuple(endpoint if text == request.path else text for text in record.args)
        return True


class JsonFormatter(BaseJsonFormatter):
    """One JSON object a line. An exception is its type and its frames, without its message:
    database errors quote the whole row, and the row is somebody's name and address."""

    def formatTime(  # noqa: N802 (logging's name)
        self, record: logging.LogRecord, datefmt: str | None = None
    ) -> str:
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def __init__(self) -> None:
        super().__init__(
            "{asctime}{levelname}{name}{message}{correlation_id}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            # Django attaches the request, whose text ends in the query: somebody's search.
            reserved_attrs=[*RESERVED_ATTRS, "request"],
        )

    def formatException(  # noqa: N802 (logging's name)
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, _, trace = ei
        if kind is None:
            return ""
        return "".join(traceback.format_tb(trace)) + f"{kind.__module__}.{kind.__qualname__}"
