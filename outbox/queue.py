"""Puts messages into the outbox, claims due ones, notes how each attempt ended."""

import logging
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from outbox import wakeup
from outbox.handlers import Handler, Outcome, handler_of, kinds
from outbox.models import MAX_ERROR_LENGTH, Destination, Message
from warrantify import sql
from warrantify.text import UNPRINTABLE

logger = logging.getLogger(__name__)

State = Message.State

CLAIM_LOCK = 0x6F7574626F78  # any number of our own: "outbox"
DIED = "Every attempt ended with its worker."
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

    Returns how many. One that is in flight keeps its lease, so it is not sent twice at a time.
    """
    count = messages.update(
        state=State.PENDING, attempts=0, due_at=timezone.now(), error="", finished_at=None
    )
    wake()
    return count


def hurry(to: Destination) -> None:
    """Makes the oldest message due at once, so that a failing destination is tried now."""
    waiting = Message.objects.filter(destination=to, state=State.PENDING)
    oldest = waiting.order_by("pk").values_list("pk", flat=True).first()
    if oldest is not None:
        waiting.filter(pk=oldest, due_at__gt=timezone.now()).update(due_at=timezone.now())
        wake()


def claim(limit: int, room: Mapping[str, int]) -> list[Message]:
    """Returns due messages, leased to the caller, fairly spread over destinations.

    `limit` is how many messages the caller can send at the same time, `room` how many of each kind; kinds
    that are absent are not wanted. A batch counts as what is sent of it at the same time.
    """
    now = timezone.now()
    left = dict(room)
    waiting = _waiting(now, [kind for kind, number in left.items() if number > 0])
    if limit <= 0 or not waiting.exists():  # no lock while nothing is due
        return []
    claimed: list[Message] = []
    with transaction.atomic():
        _lock_claims()
        destinations = list(waiting)
        random.shuffle(destinations)  # where `limit` is short, nobody is always the first
        for each in destinations:
            found = _claim_of(each, min(limit, left[each.kind]), now)
            taken = min(len(found), handler_of(each.kind).in_flight)
            limit -= taken
            left[each.kind] -= taken
            claimed += found
    return claimed


def _waiting(now: datetime, wanted: Sequence[str]) -> QuerySet[Destination]:
    due = Message.objects.filter(
        _unleased(now), destination=OuterRef("pk"), state=State.PENDING, due_at__lte=now
    )
    return Destination.objects.filter(Exists(due), kind__in=wanted, is_paused=False)


def _unleased(now: datetime) -> Q:
    return Q(leased_until=None) | Q(leased_until__lte=now)


def _lock_claims() -> None:
    """Lets one worker claim at a time, so that limits in flight hold over all of them.

    It takes about a millisecond. On SQLite the IMMEDIATE transaction is the lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIM_LOCK])


def _claim_of(each: Destination, limit: int, now: datetime) -> list[Message]:
    if limit <= 0:
        return []
    handler = handler_of(each.kind)
    pending = Message.objects.filter(destination=each, state=State.PENDING)
    leased = pending.filter(leased_until__gt=now)
    # To count what is leased reads the whole queue, and all other destinations wait for that.
    if handler.stops_on_failure and each.failing_since is not None:
        oldest = list(pending.order_by("pk")[:1])
        is_next = all(message.due_at <= now for message in oldest) and not leased.exists()
        found = oldest if is_next else []
    elif handler.batch > 1:
        # Several of a lane may be in one batch, which is sent in the order of the keys.
        due = _in_turn(pending, now).filter(due_at__lte=now)
        found = [] if leased.exists() else list(due.order_by("pk")[: handler.batch])
    else:
        due = _in_turn(pending).filter(_unleased(now), due_at__lte=now)
        free = min(limit, handler.in_flight - leased.count())
        found = list(due.order_by("due_at", "pk")[:free]) if free > 0 else []
    return _lease(found, each, handler, now)


def _in_turn(pending: QuerySet[Message], now: datetime | None = None) -> QuerySet[Message]:
    """Without those that wait for an earlier one of their lane; with `now`, for one that is not due."""
    earlier = pending.filter(lane=OuterRef("lane"), pk__lt=OuterRef("pk")).order_by()
    if now is not None:
        earlier = earlier.filter(due_at__gt=now)
    return pending.filter(Q(lane="") | ~Exists(earlier))


def _lease(found: Sequence[Message], each: Destination, handler: Handler, now: datetime) -> list[Message]:
    exhausted = [message for message in found if message.attempts >= handler.max_attempts]
    for message in exhausted:
        message.destination = each
    settle((message, Outcome(False, DIED, message.result, is_final=True)) for message in exhausted)
    claimed = [message for message in found if message.attempts < handler.max_attempts]
    until = now + handler.lease
    Message.objects.filter(pk__in=[message.pk for message in claimed]).update(
        leased_until=until, attempts=F("attempts") + 1
    )
    for message in claimed:
        message.destination = each
        message.leased_until = until
        message.attempts += 1
    return claimed


def release(messages: Iterable[Message]) -> None:
    """Gives back claimed messages that were not tried; it costs them no attempt."""
    for message in messages:
        mine = Message.objects.filter(pk=message.pk, leased_until=message.leased_until)
        mine.update(leased_until=None, attempts=F("attempts") - 1)


@transaction.atomic
def settle(finished: Iterable[tuple[Message, Outcome]]) -> None:
    """Notes how attempts ended: delivered, to be tried again, or given up."""
    ended = list(finished)
    changing = [message.destination_id for message, outcome in ended if _may_change_health(message, outcome)]
    if changing:
        lock(*changing)
    for message, outcome in ended:
        _settle(message, outcome)


def lock(*destination_ids: int) -> None:
    """Keeps other writers from destinations until the transaction ends, to be called before it writes
    their messages or webhooks: all take the destination first, so that none waits for another in a circle.
    """
    destinations = Destination.objects.select_for_update(no_key=True)
    list(destinations.filter(pk__in=destination_ids).order_by("pk"))


def _may_change_health(message: Message, outcome: Outcome) -> bool:
    """False while a destination works, which costs no statement."""
    is_failing = not outcome.is_delivered or message.destination.failing_since is not None
    return is_failing and handler_of(message.kind).stops_on_failure


def _settle(message: Message, outcome: Outcome) -> None:
    handler = handler_of(message.kind)
    if outcome.is_delivered:
        is_noted = _note_success(message, outcome)
    else:
        is_noted = _note_failure(message, outcome, handler)
    if not is_noted:
        return
    if handler.stops_on_failure:
        _note_health(message.destination, outcome)
    handler.settled(message, outcome)


def _note_success(message: Message, outcome: Outcome) -> bool:
    # Whether or not the lease has run out: what was delivered need not be delivered again.
    return bool(
        Message.objects.filter(pk=message.pk).update(
            state=State.DELIVERED,
            finished_at=timezone.now(),
            leased_until=None,
            error="",
            result=outcome.result,
        )
    )


def _note_failure(message: Message, outcome: Outcome, handler: Handler) -> bool:
    is_last = outcome.is_final or message.attempts >= handler.max_attempts
    now = timezone.now()
    logger.warning(
        "%s: attempt %s failed%s",
        message,
        message.attempts,
        ", the last" if is_last else "",
    )
    wait = max(handler.wait_after(message.attempts), outcome.retry_after)
    # Under the lease: after it another worker may have the message.
    mine = Message.objects.filter(pk=message.pk, state=State.PENDING, leased_until=message.leased_until)
    return bool(
        mine.update(
            state=State.FAILED if is_last else State.PENDING,
            due_at=message.due_at if is_last else now + wait,
            finished_at=now if is_last else None,
            leased_until=None,
            error=UNPRINTABLE.sub(" ", outcome.error)[:MAX_ERROR_LENGTH],
            result=outcome.result,
        )
    )


def _note_health(each: Destination, outcome: Outcome) -> None:
    """Written only where it changes; a destination that works costs no statement."""
    if outcome.is_delivered:
        if each.failing_since is not None:
            Destination.objects.filter(pk=each.pk).update(failing_since=None)
    else:
        Destination.objects.filter(pk=each.pk, failing_since=None).update(failing_since=timezone.now())


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
