"""Stores events and queues their deliveries, in the transaction of the change they tell."""

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from outbox import queue
from outbox.models import Message
from outbox.queue import Draft
from tracking import queries
from tracking.representations import body as tracking_body
from tracking.representations import etag
from tracking.signals import ESTIMATE_UPDATED, TRACKING_UPDATED, TrackingChange
from tracking.snapshots import Tracked
from warrantify import sql
from webhooks.models import Event, Webhook

TEST = "webhook.test"
EVENT_TYPES = (TRACKING_UPDATED, ESTIMATE_UPDATED, TEST)

KEEP = timedelta(days=30)
PRUNE_BATCH = 500

NOT_SENT = {
    Webhook.State.DISABLED.value: "The webhook was disabled.",
    Webhook.State.SUSPENDED.value: "The webhook was suspended.",
}

# Plain SQL, as the outbox's: a status is recorded far more often than anything else that tells webhooks.
_COLUMNS = [field.attname for field in Event._meta.concrete_fields]
_INSERT = f"INSERT INTO webhooks_event ({', '.join(_COLUMNS)})"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event of `order`, as it stands after the change; `sequence` is its number among the order's."""

    order: Tracked
    type: str
    sequence: int
    members: Mapping[str, Any]


def follow(changes: Sequence[TrackingChange], **_: Any) -> None:
    """Receives `tracking_changed`: one event for each type, each with the state after the change."""
    webhooks = of_partners({change.tracking.partner_id for change in changes})
    wanted = [change for change in changes if change.tracking.partner_id in webhooks]
    if not wanted:
        return
    now = timezone.now()
    orders = queries.current([change.tracking.pk for change in wanted], now)
    new = [
        NewEvent(orders[change.tracking.pk], kind, sequence, change.members.get(kind, {}))
        for change in wanted
        for sequence, kind in enumerate(
            change.events, change.tracking.event_sequence - len(change.events) + 1
        )
    ]
    store(new, webhooks, now)


class Subscription(NamedTuple):
    """A webhook as events need it; `events` is JSON, None for all types."""

    partner_id: int
    destination_id: int
    events: str | None
    state: str
    created_at: datetime

    def draft(self, event: Event) -> Draft | None:
        """The delivery of an event; a dead letter while the webhook is off, None where it is not wanted."""
        if self.events is not None and event.type not in json.loads(self.events):
            return None
        return Draft(
            self.destination_id, event.event_id, event.request_id or "", NOT_SENT.get(self.state, "")
        )


def of_partners(partner_ids: Collection[int]) -> dict[int, list[Subscription]]:
    """Returns all webhooks of these partners, whatever their state; partners without are absent.

    In a transaction none of them can be deleted before its end, so that events may refer to them.
    """
    # The ORM has no FOR KEY SHARE: unlike its other locks it lets changes of one partner's orders go
    # on side by side, and the webhook's own as well.
    lock = " FOR KEY SHARE" if connection.vendor == "postgresql" else ""
    several = sql.placeholders(len(partner_ids)) or "NULL"
    statement = (
        f"SELECT {', '.join(Subscription._fields)} FROM webhooks_webhook WHERE partner_id IN ({several})"  # noqa: S608
    )
    found: defaultdict[int, list[Subscription]] = defaultdict(list)
    for row in sql.read(f"{statement} ORDER BY id{lock}", list(partner_ids)):
        found[row[0]].append(Subscription(*row))
    return dict(found)


def store(new: Iterable[NewEvent], webhooks: Mapping[int, Sequence[Subscription]], now: datetime) -> None:
    """Stores events and queues them for those of each partner's `webhooks` that want them."""
    stored = [_event(each, now) for each in new]
    row = f"({sql.placeholders(len(_COLUMNS))})"
    values = [getattr(event, name) for event in stored for name in _COLUMNS]
    sql.write(f"{_INSERT} VALUES {', '.join([row] * len(stored))}", values)
    drafts = (each.draft(event) for event in stored for each in webhooks[event.partner_id])
    queue.enqueue_many(filter(None, drafts), now)


def _event(new: NewEvent, now: datetime) -> Event:
    head = new.order.head
    data = {
        "request_id": head.request_id,
        "service_request_id": head.repair_ref_no,
        "sequence": new.sequence,
        "etag": etag(head),
        "tracking": tracking_body(new.order)["DATA"],
        **new.members,
    }
    return Event(
        event_id=_new_id(),
        partner_id=head.partner_id,
        type=new.type,
        request_id=head.request_id,
        sequence=new.sequence,
        body=_body(new.type, now, data),
        created_at=now,
    )


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
