"""Reads the bodies of the webhook endpoints (docs/contract.md section 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework import serializers

from partners.endpoints import invalid
from partners.serializers import MISSING, BodySerializer, TextField
from tracking.times import NOT_A_TIME, read_iso
from warrantify.http.errors import DomainError
from warrantify.text import REQUIRED, BadTextError, read_text
from webhooks import addresses
from webhooks.events import EVENT_TYPES
from webhooks.models import MAX_DESCRIPTION_LENGTH, MAX_URL_LENGTH, Webhook

INVALID_URL = "Invalid webhook URL"
INVALID_EVENTS = "Invalid events"
INVALID_STATE = "Invalid state"

SETTABLE_STATES = (Webhook.State.ENABLED.value, Webhook.State.DISABLED.value)


class EventsField(serializers.ListField):
    """The types of events wanted, in our order; null for all."""

    child = serializers.ChoiceField(EVENT_TYPES)

    def run_validation(self, data: Any = serializers.empty) -> list[str] | None:
        """Raises ValidationError for what is no list, an empty one, and an unknown type."""
        if data is serializers.empty:
            raise serializers.SkipField
        if data is None:
            return None
        if not isinstance(data, list) or not data:
            raise serializers.ValidationError("Give a list of at least one event, or leave it out for all.")
        wanted = [each.strip() if isinstance(each, str) else each for each in data]
        if any(each not in EVENT_TYPES for each in wanted):
            raise serializers.ValidationError(f"Choose from {', '.join(EVENT_TYPES)}.")
        return [name for name in EVENT_TYPES if name in wanted]


class StateField(serializers.ChoiceField):
    """A state that a partner can set."""

    default_error_messages = dict.fromkeys(("null", "invalid_choice"), "Choose enabled or disabled.")

    def to_internal_value(self, data: Any) -> Any:
        """The same with spaces around it."""
        return super().to_internal_value(data.strip() if isinstance(data, str) else data)


class WebhookBody(BodySerializer):
    """What new and changed webhooks have in common."""

    messages = {"url": INVALID_URL, "events": INVALID_EVENTS, "state": INVALID_STATE}

    def validate_url(self, url: str) -> str:
        """DRF's hook; raises ValidationError for a URL that no webhook may have."""
        try:
            addresses.validate_url(url)
        except addresses.BadURLError as error:
            raise serializers.ValidationError(str(error)) from None
        return url


class WebhookRequestSerializer(WebhookBody):
    """A new webhook."""

    url = TextField(max_length=MAX_URL_LENGTH, help_text="Absolute https URL of your endpoint")
    events = EventsField(min_length=1, required=False, help_text="The types wanted; all without it")
    description = TextField(
        max_length=MAX_DESCRIPTION_LENGTH, required=False, allow_blank=True, help_text="For yourself"
    )


class WebhookChangeSerializer(WebhookBody):
    """What is to change; members left out stay."""

    url = TextField(max_length=MAX_URL_LENGTH, required=False)
    events = EventsField(min_length=1, required=False)
    description = TextField(max_length=MAX_DESCRIPTION_LENGTH, required=False, allow_blank=True)
    state = StateField(SETTABLE_STATES, required=False)


@dataclass(frozen=True, slots=True)
class Replay:
    """What to send again: one event, or those since a time."""

    event_id: str = ""
    since: datetime | None = None
    only_failed: bool = False


def replay(body: Mapping[str, Any]) -> Replay:
    """Returns what is asked for; raises DomainError (400)."""
    event_id, since = _text(body, "event_id"), _text(body, "since")
    if event_id:
        return Replay(event_id)
    if not since:
        raise DomainError(MISSING, {"event_id": [REQUIRED], "since": [REQUIRED]})
    only_failed = body.get("only_failed")
    if only_failed not in (None, True, False):
        raise invalid("only_failed", "Give true or false.")
    try:
        return Replay(since=read_iso(since), only_failed=bool(only_failed))
    except ValueError:
        raise invalid("since", NOT_A_TIME) from None


def _text(body: Mapping[str, Any], name: str) -> str:
    try:
        return read_text(body.get(name))
    except BadTextError as error:
        raise invalid(name, str(error)) from None
