"""What a batch look-up asks for, and the page that answers it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.signing import BadSignature, Signer
from django.http import QueryDict

from partners.authentication import Caller
from partners.endpoints import success
from tracking import queries
from tracking.representations import REFERENCE_REQUIRED, entry, last_changed
from tracking.snapshots import Head
from tracking.times import read_iso
from warrantify.http.errors import MESSAGES, DomainError
from warrantify.text import NOT_TEXT, BadTextError, NumberText, plain_number

MAX_ENTRIES = 100


def answer(caller: Caller, params: QueryDict, now: datetime) -> dict[str, Any]:
    """The body for `ReferenceID` (repeated or comma separated) or for `modified_since`, `cursor`.

    Raises DomainError (400) for none or over 100 references, for a time that is none or out of
    range, for a cursor that this service did not give this partner, and for both questions at once.
    """
    asked = [part.strip() for value in params.getlist("ReferenceID") for part in value.split(",")]
    references = [reference for reference in asked if reference]
    cursor, since = params.get("cursor", ""), params.get("modified_since", "")
    if not cursor and not since:
        return _named(caller, references, now)
    if references:
        raise _refusal("ReferenceID", "Ask either for references or for changes.")
    return _changed(caller, *(_read_cursor(caller, cursor) if cursor else (_read_since(since), "")), now)


def answer_posted(caller: Caller, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The body for a JSON object whose `ReferenceID` is a list; its texts are not split at commas.

    Raises DomainError (400) for what is no list of texts, for none and for over 100.
    """
    asked = body.get("ReferenceID")
    if asked is None or asked == "":
        asked = []
    if not isinstance(asked, list):
        raise _refusal("ReferenceID", "Give a list of references.")
    if len(asked) > MAX_ENTRIES:  # before any of them is read
        raise _too_many()
    references = [reference for value in asked if (reference := _read_reference(value))]
    return _named(caller, references, now)


def _read_reference(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _refusal("ReferenceID", NOT_TEXT)
    if not isinstance(value, NumberText):
        return value.strip()  # characters that no reference has are a 404 of their own, as in a query
    try:
        return plain_number(value)
    except BadTextError as error:
        raise _refusal("ReferenceID", str(error)) from None


def _named(caller: Caller, references: list[str], now: datetime) -> dict[str, Any]:
    if not references:
        raise DomainError(REFERENCE_REQUIRED)
    if len(references) > MAX_ENTRIES:
        raise _too_many()
    found = queries.named(caller, references, now)
    return success(DATA=[entry(reference, found.get(reference)) for reference in references])


def _changed(caller: Caller, since: datetime, after: str, now: datetime) -> dict[str, Any]:
    found = queries.changed(caller, since, after, MAX_ENTRIES + 1, now)
    page = found[:MAX_ENTRIES]
    return success(
        DATA=[entry(tracked.head.request_id, tracked) for tracked in page],
        Next_Cursor=_cursor_after(caller, page[-1].head) if len(found) > len(page) else None,
    )


def _signer(caller: Caller) -> Signer:
    """Signs for this partner alone: a cursor of another one is as wrong as an invented one."""
    return Signer(salt=f"tracking.batch.{caller.partner_id}")


def _cursor_after(caller: Caller, head: Head) -> str:
    changed_at = last_changed(head).astimezone(UTC).isoformat()
    return _signer(caller).sign_object([changed_at, head.request_id])


def _read_cursor(caller: Caller, cursor: str) -> tuple[datetime, str]:
    try:
        changed_at, request_id = _signer(caller).unsign_object(cursor)
    except BadSignature:
        raise _refusal("cursor", "Give the Next_Cursor of the answer before.") from None
    return datetime.fromisoformat(changed_at), request_id


def _read_since(text: str) -> datetime:
    try:
        return read_iso(text)
    except ValueError:
        raise _refusal("modified_since", "Give a time in ISO 8601: 2026-11-23T09:30:00+05:30.") from None


def _too_many() -> DomainError:
    return _refusal("ReferenceID", f"Ask for at most {MAX_ENTRIES} references at once.")


def _refusal(parameter: str, reason: str) -> DomainError:
    return DomainError(MESSAGES[400], {parameter: [reason]})
