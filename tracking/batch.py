"""What a batch look-up asks for, and the page that answers it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict

from partners.authentication import Caller
from partners.endpoints import cursor_for, invalid, read_cursor, success
from tracking import queries
from tracking.representations import REFERENCE_REQUIRED, entry, last_changed
from tracking.times import NOT_A_TIME, read_iso
from warrantify.http.errors import DomainError
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
        raise invalid("ReferenceID", "Ask either for references or for changes.")
    if not cursor:
        return _changed(caller, _read_since(since), "", now)
    changed_at, request_id = read_cursor(_list_of(caller), cursor)
    return _changed(caller, datetime.fromisoformat(changed_at), request_id, now)


def answer_posted(caller: Caller, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The body for a JSON object whose `ReferenceID` is a list; its texts are not split at commas.

    Raises DomainError (400) for what is no list of texts, for none and for over 100.
    """
    asked = body.get("ReferenceID")
    if asked is None or asked == "":
        asked = []
    if not isinstance(asked, list):
        raise invalid("ReferenceID", "Give a list of references.")
    if len(asked) > MAX_ENTRIES:  # before any of them is read
        raise _too_many()
    references = [reference for value in asked if (reference := _read_reference(value))]
    return _named(caller, references, now)


def _read_reference(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid("ReferenceID", NOT_TEXT)
    if not isinstance(value, NumberText):
        return value.strip()  # characters that no reference has are a 404 of their own, as in a query
    try:
        return plain_number(value)
    except BadTextError as error:
        raise invalid("ReferenceID", str(error)) from None


def _named(caller: Caller, references: list[str], now: datetime) -> dict[str, Any]:
    if not references:
        raise DomainError(REFERENCE_REQUIRED)
    if len(references) > MAX_ENTRIES:
        raise _too_many()
    found = queries.named(caller, references, now)
    return success(DATA=[entry(reference, found.get(reference)) for reference in references])


def _changed(caller: Caller, since: datetime, after: str, now: datetime) -> dict[str, Any]:
    found = queries.changed(caller, since, after, MAX_ENTRIES + 1, now)
    page, cursor = found[:MAX_ENTRIES], None
    if len(found) > len(page):
        last = page[-1].head
        cursor = cursor_for(
            _list_of(caller), [last_changed(last).astimezone(UTC).isoformat(), last.request_id]
        )
    return success(DATA=[entry(each.head.request_id, each) for each in page], Next_Cursor=cursor)


def _list_of(caller: Caller) -> str:
    return f"tracking.batch.{caller.partner_id}"


def _read_since(text: str) -> datetime:
    try:
        return read_iso(text)
    except ValueError:
        raise invalid("modified_since", NOT_A_TIME) from None


def _too_many() -> DomainError:
    return invalid("ReferenceID", f"Ask for at most {MAX_ENTRIES} references at once.")
