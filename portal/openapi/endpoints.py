"""Reads `endpoints.md`: what each endpoint does, and the errors that it answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from warrantify.http.errors import FieldErrors, envelope

TABLES = Path(__file__).with_name("endpoints.md").read_text("utf-8")
CORRELATION_ID = "5f0c1d9b1f5b4f0e9d6f2f6d8f3c7a10"

_SUMMARY = re.compile(r"^\*\*(.+)\.\*\* (.+)$", re.MULTILINE)
_ROW = re.compile(r"^\| (\d+) \| `(.+?)` \| (.+?) \| (?:(.+) )?\|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """One way in which a request can fail; `advice` says why, and what the caller can do.

    `errors` (field -> reasons) is an example of the body's `Errors`.
    """

    status: int
    message: str
    advice: str
    errors: FieldErrors

    def body(self, extra: Mapping[str, Any] | None = None, *, numeric: bool = False) -> dict[str, Any]:
        """Returns an example of the answer, with further members, as the service itself builds it."""
        body = envelope(self.status, self.message, self.errors, extra, numeric_status=numeric)
        return {**body, "Request_ID": CORRELATION_ID} if "Request_ID" in body else body


class Section(NamedTuple):
    """A section of the file; one of shared errors has no summary."""

    summary: str
    description: str
    errors: list[DocumentedError]


def _read(section: str) -> Section:
    found = _SUMMARY.search(section)
    summary, description = found.groups() if found else ("", "")
    errors = [
        DocumentedError(int(status), message, advice, _reasons(reasons))
        for status, message, advice, reasons in _ROW.findall(section)
    ]
    return Section(summary, description, errors)


def _reasons(cell: str) -> FieldErrors:
    named = (reason.partition(": ") for reason in cell.split(" / ") if reason)
    return {field: [reason] for field, _, reason in named}


# By heading: "POST token/", or "With a token" for what several endpoints share.
SECTIONS = {
    heading: _read(section)
    for heading, _, section in (each.partition("\n") for each in TABLES.split("## ")[1:])
}


def documented(endpoint: str, message: str) -> DocumentedError:
    """Returns an endpoint's error of that message."""
    return next(error for error in SECTIONS[endpoint].errors if error.message == message)
