"""Stores events and queues their deliveries, in the transaction of the change they tell."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from outbox import queue
from outbox.models import Message
from outbox.queue import Draft
from tracking import queries
from tracking.models import OrderTracking
from tracking.representations import body as tracking_body
from tracking.representations import etag
from tracking.signals import ESTIMATE_UPDATED, TRACKING_UPDATED, Members
from tracking.snapshots import Tracked
from webhooks.models import Event, Webhook

TEST = "webhook.test"
EVENT_TYPES = (TRACKING_UPDATED, ESTIMATE_UPDATED, TEST)

KEEP = timedelta(days=30)
PRUNE_BATCH = 500

NOT_SENT = {
    Webhook.State.DISABLED: "The webhook was disabled.",
    Webhook.State.SUSPENDED: "The webhook was suspended.",
}


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to store: `sequence` is its number among those of the order."""

    type: str
    sequence: int
    members: Mapping[str, Any]


def follow(tracking: OrderTracking, events: Sequence[str], members: Members, **_: Any) -> None:
    """Receives `tracking_changed`: one event for each type, both with the state after the change."""
    webhooks = of_partner(tracking.partner_id)
    if not webhooks:
        return
    first = tracking.event_sequence - len(events) + 1
    new = [NewEvent(kind, first + n, members.get(kind, {})) for n, kind in enumerate(events)]
    store(webhooks, queries.current(tracking.pk), new)


def of_partner(partner_id: int) -> list[Webhook]:
    """Returns all webhooks of the partner, whatever their state."""
    return list(Webhook.objects.filter(partner=partner_id))


def store(webhooks: Sequence[Webhook], tracked: Tracked, new: Iterable[NewEvent]) -> None:
    """Stores events of one order and queues them for those of its partner's `webhooks` that want them."""
    now = timezone.now()
    stored = [_event(webhooks[0].partner_id, tracked, each, now) for each in new]
    Event.objects.bulk_create(stored)
    queue.enqueue_many((draft for event in stored for draft in _drafts(event, webhooks)), now)


def _event(partner_id: int, tracked: Tracked, new: NewEvent, now: datetime) -> Event:
    head = tracked.head
    data = {
        "request_id": head.request_id,
        "service_request_id": head.repair_ref_no,
        "sequence": new.sequence,
        "etag": etag(head),
        "tracking": tracking_body(tracked)["DATA"],
        **new.members,
    }
    return Event(
        event_id=_new_id(),
        partner_id=partner_id,
        type=new.type,
        request_id=head.request_id,
        sequence=new.sequence,
        body=_body(new.type, now, data),
        created_at=now,
    )


def _drafts(event: Event, webhooks: Iterable[Webhook]) -> Iterable[Draft]:
    for webhook in webhooks:
        if webhook.events is None or event.type in webhook.events:
            missed = NOT_SENT.get(Webhook.State(webhook.state), "")
            yield Draft(webhook.destination_id, event.event_id, event.request_id or "", missed)


@transaction.atomic
def store_test(webhook: Webhook) -> Event:
    """Stores a test event for one webhook and queues it."""
    now = timezone.now()
    event = Event.objects.create(
        event_id=_new_id(),
        partner_id=webhook.partner_id,
        type=TEST,
        body=_body(TEST, now, {"webhook_id": webhook.webhook_id}),
        created_at=now,
    )
    queue.enqueue_many([Draft(webhook.destination_id, event.event_id)], now)
    return event


def _body(kind: str, now: datetime, data: Mapping[str, Any]) -> str:
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"type": kind, "timestamp": moment, "data": data}, separators=(",", ":"))


def _new_id() -> str:
    return f"evt_{secrets.token_hex(12)}"


def prune() -> None:
    """Deletes events of over 30 days ago with their deliveries, whatever became of them."""
    old = Event.objects.filter(created_at__lt=timezone.now() - KEEP).order_by("created_at")
    while batch := list(old.values_list("pk", flat=True)[:PRUNE_BATCH]):
        with transaction.atomic():
            Message.objects.filter(destination__kind="webhook", reference__in=batch).delete()
            Event.objects.filter(pk__in=batch).delete()
