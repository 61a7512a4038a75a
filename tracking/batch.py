"""What a batch look-up asks for, and the page that answers it."""

from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from partners.authentication import Caller
from tracking import queries
from tracking.representations import REFERENCE_REQUIRED, entry, last_changed
from tracking.snapshots import Head
from tracking.times import read_iso
from warrantify.http.errors import MESSAGES, DomainError

MAX_ENTRIES = 100


def answer(caller: Caller, params: QueryDict, now: datetime) -> dict[str, Any]:
    """The body for `ReferenceID` (repeated or comma separated) or for `modified_since`, `cursor`.

    Raises DomainError (400) for none or over 100 references, for a time or cursor that is none,
    and for both questions at once.
    """
    asked = [part.strip() for value in params.getlist("ReferenceID") for part in value.split(",")]
    references = [reference for reference in asked if reference]
    cursor, since = params.get("cursor", ""), params.get("modified_since", "")
    if not cursor and not since:
        return _named(caller, references, now)
    if references:
        raise _refusal("ReferenceID", "Ask either for references or for changes.")
    return _changed(caller, *(_read_cursor(cursor) if cursor else (_read_since(since), "")), now)


def _named(caller: Caller, references: list[str], now: datetime) -> dict[str, Any]:
    if not references:
        raise DomainError(REFERENCE_REQUIRED)
    if len(references) > MAX_ENTRIES:
        raise _refusal("ReferenceID", f"Ask for at most {MAX_ENTRIES} references at once.")
    found = queries.named(caller, references, now)
    entries = [entry(reference, found.get(reference)) for reference in references]
    return {"Success": "True", "Status_code": "200", "DATA": entries}


def _changed(caller: Caller, since: datetime, after: str, now: datetime) -> dict[str, Any]:
    found = queries.changed(caller, since, after, MAX_ENTRIES + 1, now)
    page = found[:MAX_ENTRIES]
    return {
        "Success": "True",
        "Status_code": "200",
        "DATA": [entry(tracked.head.request_id, tracked) for tracked in page],
        "Next_Cursor": _cursor_after(page[-1].head) if len(found) > len(page) else None,
    }


def _cursor_after(head: Head) -> str:
    changed_at = last_changed(head).astimezone(UTC).isoformat()
    return urlsafe_base64_encode(f"{changed_at} {head.request_id}".encode())


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        moment, _, request_id = urlsafe_base64_decode(cursor).decode("ascii").partition(" ")
        since = read_iso(moment)
    except ValueError:
        raise _refusal("cursor", "Give the Next_Cursor of the answer before.") from None
    if not request_id.isalnum():
        raise _refusal("cursor", "Give the Next_Cursor of the answer before.")
    return since, request_id


def _read_since(text: str) -> datetime:
    try:
        return read_iso(text)
    except ValueError:
        raise _refusal("modified_since", "Give a time in ISO 8601: 2026-11-23T09:30:00+05:30.") from None


def _refusal(parameter: str, reason: str) -> DomainError:
    return DomainError(MESSAGES[400], {parameter: [reason]})
