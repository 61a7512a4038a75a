"""Reads the bodies of the webhook endpoints (docs/contract.md section 8).

Where several rules are broken, `Errors` names all fields and `Message` belongs to the first rule in the
contract's table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracking.times import read_iso
from warrantify.http.errors import MESSAGES, DomainError
from warrantify.text import REQUIRED, BadTextError, read_text
from webhooks.addresses import BadURLError, validate_url
from webhooks.events import EVENT_TYPES
from webhooks.models import MAX_DESCRIPTION_LENGTH, MAX_URL_LENGTH, Webhook

MISSING = "Missing required fields"
INVALID_URL = "Invalid webhook URL"
INVALID_EVENTS = "Invalid events"
INVALID_STATE = "Invalid state"

SETTABLE_STATES = (Webhook.State.ENABLED.value, Webhook.State.DISABLED.value)

Body = Mapping[str, Any]


class _FieldError(Exception):
    def __init__(self, message: str, reason: str) -> None:
        super().__init__(reason)
        self.message = message
        self.reason = reason


def _url(value: object) -> str:
    try:
        url = read_text(value)
    except BadTextError as error:
        raise _FieldError(INVALID_URL, str(error)) from None
    if not url:
        raise _FieldError(MISSING, REQUIRED)
    if len(url) > MAX_URL_LENGTH:
        raise _FieldError(INVALID_URL, f"Ensure this field has no more than {MAX_URL_LENGTH} characters.")
    try:
        validate_url(url)
    except BadURLError as error:
        raise _FieldError(INVALID_URL, str(error)) from None
    return url


def _events(value: object) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        raise _FieldError(INVALID_EVENTS, "Give a list of at least one event, or leave it out for all.")
    wanted = [each.strip() if isinstance(each, str) else each for each in value]
    if any(each not in EVENT_TYPES for each in wanted):
        raise _FieldError(INVALID_EVENTS, f"Choose from {', '.join(EVENT_TYPES)}.")
    return [name for name in EVENT_TYPES if name in wanted]


def _description(value: object) -> str:
    try:
        text = read_text(value)
    except BadTextError as error:
        raise _FieldError(MESSAGES[400], str(error)) from None
    if len(text) > MAX_DESCRIPTION_LENGTH:
        reason = f"Ensure this field has no more than {MAX_DESCRIPTION_LENGTH} characters."
        raise _FieldError(MESSAGES[400], reason)
    return text


def _state(value: object) -> str:
    state = value.strip() if isinstance(value, str) else ""
    if state not in SETTABLE_STATES:
        raise _FieldError(INVALID_STATE, "Choose enabled or disabled.")
    return state


_NEW: Mapping[str, Callable[[object], Any]] = {
    "url": _url,
    "events": _events,
    "description": _description,
}
_CHANGE = {**_NEW, "state": _state}
# In the order of the contract's table.
_MESSAGES = (MISSING, INVALID_URL, INVALID_EVENTS, INVALID_STATE, MESSAGES[400])


def new_webhook(body: Body) -> dict[str, Any]:
    """Returns the values of a new webhook; raises DomainError (400)."""
    return _read({"url": None, **body}, _NEW)


def changes(body: Body) -> dict[str, Any]:
    """Returns the values to change; raises DomainError (400)."""
    return _read(body, _CHANGE)


def _read(body: Body, readers: Mapping[str, Callable[[object], Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    messages: set[str] = set()
    for name, read in readers.items():
        if name not in body:
            continue
        try:
            values[name] = read(body[name])
        except _FieldError as error:
            errors[name] = [error.reason]
            messages.add(error.message)
    if errors:
        raise DomainError(next(message for message in _MESSAGES if message in messages), errors)
    return values


@dataclass(frozen=True, slots=True)
class Replay:
    """What to send again: one event, or those since a time."""

    event_id: str = ""
    since: datetime | None = None
    only_failed: bool = False


def replay(body: Body) -> Replay:
    """Returns what is asked for; raises DomainError (400)."""
    event_id, since = _text(body, "event_id"), _text(body, "since")
    if event_id:
        return Replay(event_id)
    if not since:
        raise DomainError(MISSING, {"event_id": [REQUIRED], "since": [REQUIRED]})
    only_failed = body.get("only_failed")
    if only_failed not in (None, True, False):
        raise DomainError(MESSAGES[400], {"only_failed": ["Give true or false."]})
    try:
        return Replay(since=read_iso(since), only_failed=bool(only_failed))
    except ValueError:
        reason = "Give a time in ISO 8601: 2026-11-23T09:30:00+05:30."
        raise DomainError(MESSAGES[400], {"since": [reason]}) from None


def _text(body: Body, name: str) -> str:
    try:
        return read_text(body.get(name))
    except BadTextError as error:
        raise DomainError(MESSAGES[400], {name: [str(error)]}) from None
