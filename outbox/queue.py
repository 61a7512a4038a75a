"""Puts messages into the outbox; `claims` takes them out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from outbox import wakeup
from outbox.handlers import handler_of, kinds
from outbox.models import Destination, Message
from warrantify import sql

State = Message.State

PRUNE_BATCH = 1000

# Plain SQL: with ten webhooks the ORM took a sixth of the CPU time of recording a status for these rows.
INSERT_BATCH = 1000
_INSERT = """INSERT INTO outbox_message
        (destination_id, reference, lane, error, state, due_at, created_at, finished_at, payload, attempts,
        result)
    SELECT column1, column2, column3, column4,
        CASE column4 WHEN '' THEN 'pending' ELSE 'failed' END, now, now,
        CASE column4 WHEN '' THEN NULL ELSE now END, '{}', 0, '{}'
    FROM (SELECT %s AS now) AS times, (VALUES """


class Draft(NamedTuple):
    """A message to enqueue. With `failed_because` it is stored as a dead letter, to be sent by hand."""

    destination_id: int
    reference: str
    lane: str = ""
    failed_because: str = ""


def destination(kind: str, name: str = "") -> Destination:
    """Returns the destination of that kind and name, created where it is new."""
    return Destination.objects.get_or_create(kind=kind, name=name)[0]


def enqueue(
    to: Destination,
    reference: str,
    *,
    lane: str = "",
    payload: dict[str, object] | None = None,
    due_at: datetime | None = None,
) -> Message:
    """Stores a message, due now unless `due_at` says otherwise, in the caller's transaction."""
    now = timezone.now()
    message = Message.objects.create(
        destination=to,
        reference=reference,
        lane=lane,
        payload=payload or {},
        due_at=due_at or now,
        created_at=now,
    )
    wake()
    return message


def enqueue_many(drafts: Iterable[Draft], now: datetime) -> None:
    """Stores many messages, all due `now`, in the caller's transaction."""
    left = iter(drafts)
    while some := list(islice(left, INSERT_BATCH)):
        rows = ", ".join(["(%s, %s, %s, %s)"] * len(some))
        sql.write(f"{_INSERT}{rows}) AS drafts", [now, *chain.from_iterable(some)])
    wake()


def wake() -> None:
    """Wakes the workers once the caller's transaction is committed."""
    transaction.on_commit(wakeup.notify)


def requeue(messages: QuerySet[Message]) -> int:
    """Sends messages again, with all their attempts; a pending one becomes due at once.

    Returns how many. While one is in flight its destination is leased, so it is not sent twice at a time.
    """
    # Where a destination fails, the next attempt is now too.
    Destination.objects.filter(pk__in=messages.order_by().values("destination")).update(retry_at=None)
    count = messages.update(
        state=State.PENDING, attempts=0, due_at=timezone.now(), error="", finished_at=None
    )
    wake()
    return count


def hurry(to: Destination) -> None:
    """Makes the oldest message due at once, so that a failing destination is tried now."""
    Destination.objects.filter(pk=to.pk).update(retry_at=None)
    waiting = Message.objects.filter(destination=to, state=State.PENDING)
    oldest = waiting.order_by("pk").values_list("pk", flat=True)[:1]
    waiting.filter(pk__in=list(oldest), due_at__gt=timezone.now()).update(due_at=timezone.now())
    wake()


def lock(*destination_ids: int) -> list[Destination]:
    """Keeps other writers from destinations until the transaction ends, to be called before it writes
    their messages or webhooks: all take the destination first, so that none waits for another in a circle.
    """
    destinations = Destination.objects.select_for_update(no_key=True)
    return list(destinations.filter(pk__in=destination_ids).order_by("pk"))


def prune() -> int:
    """Deletes finished messages past the age that their kind keeps them; returns how many."""
    count = 0
    for kind in kinds():
        keep = handler_of(kind).keep
        if keep is not None:
            count += _prune(kind, keep)
    return count


def _prune(kind: str, keep: timedelta) -> int:
    old = Message.objects.filter(destination__kind=kind, created_at__lt=timezone.now() - keep)
    finished = old.exclude(state=State.PENDING).order_by("pk").values_list("pk", flat=True)
    count = 0
    while batch := list(finished[:PRUNE_BATCH]):
        count += Message.objects.filter(pk__in=batch).delete()[0]
    return count
