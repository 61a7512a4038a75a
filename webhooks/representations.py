"""Webhooks and deliveries as partners see them."""

from collections.abc import Sequence
from typing import Any

from outbox.models import Message
from partners.endpoints import cursor_for, invalid, read_cursor
from tracking.times import wire_date
from webhooks.events import EVENT_TYPES
from webhooks.models import Event, Webhook

PAGE = 100


def webhook_data(webhook: Webhook) -> dict[str, Any]:
    """`DATA` of one webhook, without its secret."""
    failing_since = webhook.destination.failing_since
    return {
        "webhook_id": webhook.webhook_id,
        "url": webhook.url,
        "events": webhook.events or list(EVENT_TYPES),
        "description": webhook.description,
        "state": webhook.state,
        "state_reason": webhook.state_reason or None,
        "created": wire_date(webhook.created_at),
        "failing_since": wire_date(failing_since) if failing_since else None,
    }


def deliveries_page(webhook: Webhook, state: str, cursor: str) -> dict[str, Any]:
    """`DATA` and `Next_Cursor` of a page of deliveries, newest first.

    Raises DomainError (400) for an unknown state, and for a cursor of another webhook or of no answer.
    """
    whose = f"webhooks.deliveries.{webhook.webhook_id}"
    messages = Message.objects.filter(destination=webhook.destination_id).order_by("-pk")
    if state:
        if state not in Message.State.values:
            raise invalid("state", f"Choose from {', '.join(Message.State.values)}.")
        messages = messages.filter(state=state)
    if cursor:
        messages = messages.filter(pk__lt=int(read_cursor(whose, cursor)))
    found = list(messages[: PAGE + 1])
    page = found[:PAGE]
    has_more = len(found) > len(page)
    return {
        "DATA": deliveries(webhook, page),
        "Next_Cursor": cursor_for(whose, page[-1].pk) if has_more else None,
    }


def deliveries(webhook: Webhook, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The entries of these deliveries: one query for their events."""
    events = Event.objects.defer("body").in_bulk([message.reference for message in messages])
    return [_delivery(webhook, events[message.reference], message) for message in messages]


def _delivery(webhook: Webhook, event: Event, message: Message) -> dict[str, Any]:
    is_waiting = message.state == Message.State.PENDING and webhook.state == Webhook.State.ENABLED
    is_delivered = message.state == Message.State.DELIVERED and message.finished_at is not None
    return {
        "event_id": event.event_id,
        "type": event.type,
        "request_id": event.request_id,
        "sequence": event.sequence,
        "state": message.state,
        "attempts": message.attempts,
        "next_attempt": wire_date(message.due_at) if is_waiting else None,
        "last_status": message.result.get("status"),
        "last_error": message.error or None,
        "created": wire_date(event.created_at),
        "delivered": wire_date(message.finished_at) if is_delivered and message.finished_at else None,
    }
