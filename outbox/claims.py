"""Claims due messages for a worker and notes how each attempt ended.

A worker leases destinations, not messages: so the limits in flight and the order of lanes hold over all
workers, and a claim writes one row for each destination.
"""

import json
import logging
import random
from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from outbox.handlers import Handler, Outcome, handler_of
from outbox.models import MAX_ERROR_LENGTH, Destination, Message
from outbox.queue import lock
from warrantify import sql
from warrantify.text import UNPRINTABLE

logger = logging.getLogger(__name__)

State = Message.State

DIED = "Every attempt ended with its worker."


@dataclass(slots=True, eq=False)
class Claim:
    """Messages to be sent now. Their destination is the caller's until the last of them is settled, or
    the lease ends."""

    destination: Destination
    messages: Sequence[Message]
    unsettled: set[int]


# None: the message was not tried.
Finished = tuple[Claim, Message, Outcome | None]


def claim(limit: int, wanted: Collection[str]) -> list[Claim]:
    """Returns due messages of the kinds `wanted`, fairly spread over destinations.

    `limit` is how many messages the caller can send at the same time.
    """
    now = timezone.now()
    statement = _DUE.format(kinds=sql.placeholders(len(wanted)))
    due = [pk for (pk,) in sql.read(statement, [*wanted, now, now, now])]
    if limit <= 0 or not due:  # no lock while nothing is due
        return []
    claims = []
    with transaction.atomic():
        # On SQLite the IMMEDIATE transaction is the lock.
        free = Destination.objects.select_for_update(no_key=True, skip_locked=True).filter(
            Q(leased_until=None) | Q(leased_until__lte=now),
            pk__in=random.sample(due, min(len(due), limit)),
            is_paused=False,
        )
        for each in random.sample(list(free), len(free)):  # nobody is always first where `limit` is short
            if limit > 0 and (messages := _lease(each, now)):
                claims.append(Claim(each, messages, {message.pk for message in messages}))
                limit -= min(len(messages), handler_of(each.kind).in_flight)
    return claims


# The destinations that have something to claim. Each step looks at one end of an index, so the cost does
# not depend on how much waits for a destination. The scalar subquery keeps PostgreSQL from looking at
# destinations for which nothing waits.
_DUE = """
    WITH RECURSIVE waiting (id) AS (
        SELECT (SELECT destination_id FROM outbox_message WHERE state = 'pending' ORDER BY 1 LIMIT 1)
        UNION ALL
        SELECT (
            SELECT destination_id FROM outbox_message WHERE state = 'pending' AND destination_id > waiting.id
            ORDER BY 1 LIMIT 1
        ) FROM waiting WHERE waiting.id IS NOT NULL
    )
    SELECT id FROM waiting WHERE (
        SELECT (
            SELECT due_at FROM outbox_message WHERE destination_id = d.id AND state = 'pending'
            ORDER BY 1 LIMIT 1
        ) FROM outbox_destination d
        WHERE d.id = waiting.id AND d.kind IN ({kinds}) AND NOT d.is_paused
            AND (d.retry_at IS NULL OR d.retry_at <= %s) AND (d.leased_until IS NULL OR d.leased_until <= %s)
    ) <= %s"""


def _lease(each: Destination, now: datetime) -> list[Message]:
    """The messages of a destination to be sent now; it is leased where there are any."""
    handler = handler_of(each.kind)
    found = _next(each, handler.batch, now)
    for message in found:
        message.destination = each
    if each.leased_until is not None:
        found = _after_death(found, handler)
    elif not found:
        return []
    each.leased_until = now + handler.lease if found else None
    sql.write("UPDATE outbox_destination SET leased_until = %s WHERE id = %s", [each.leased_until, each.pk])
    return found


# Without what waits for an earlier one of its lane that is not due. Several of a lane may be in a batch,
# which is sent in the order of the keys.
_NEXT = """
    WITH late AS MATERIALIZED (
        SELECT lane, MIN(id) AS id FROM outbox_message
        WHERE destination_id = %s AND state = 'pending' AND due_at > %s AND lane <> '' GROUP BY lane
    )
    SELECT m.* FROM outbox_message m
    WHERE m.destination_id = %s AND m.state = 'pending' AND m.due_at <= %s
        AND NOT EXISTS (SELECT 1 FROM late WHERE late.lane = m.lane AND late.id < m.id)
    ORDER BY m.id LIMIT %s"""


def _next(each: Destination, how_many: int, now: datetime) -> list[Message]:
    if each.failing_since is None:
        moment = connection.ops.adapt_datetimefield_value(now)
        return list(Message.objects.raw(_NEXT, [each.pk, moment, each.pk, moment, how_many]))
    oldest = Message.objects.filter(destination=each, state=State.PENDING).order_by("pk")[:1]
    return [message for message in oldest if message.due_at <= now]


def _after_death(messages: Sequence[Message], handler: Handler) -> list[Message]:
    """Counts an attempt: the worker before let its lease run out, and may have died of one of these."""
    left = []
    for message in messages:
        if message.attempts + 1 >= handler.max_attempts:
            _note_failure(message, Outcome(False, DIED, message.result, is_final=True), handler)
        else:
            message.attempts += 1
            message.save(update_fields=["attempts"])
            left.append(message)
    return left


def settle(finished: Sequence[Finished]) -> None:
    """Notes how attempts ended: delivered, to be tried again, given up, or not made.

    The last message of a claim frees its destination.
    """
    settled = {message.pk for _, message, _ in finished}
    with transaction.atomic():
        mine = _held({claim for claim, _, _ in finished})
        for claim, message, outcome in finished:
            # Whether or not the lease has run out: what was delivered need not be delivered again.
            if outcome is not None and (outcome.is_delivered or claim in mine):
                _settle(message, outcome)
        over = [claim.destination.pk for claim in mine if claim.unsettled <= settled]
        if over:
            Destination.objects.filter(pk__in=over).update(leased_until=None)
    for claim, _, _ in finished:
        claim.unsettled -= settled


def _held(claims: Collection[Claim]) -> set[Claim]:
    """Locks the destinations; returns the claims whose lease holds. After it, another worker may have the
    messages."""
    leases = {each.pk: each.leased_until for each in lock(*(claim.destination.pk for claim in claims))}
    return {claim for claim in claims if leases.get(claim.destination.pk) == claim.destination.leased_until}


def _settle(message: Message, outcome: Outcome) -> None:
    handler = handler_of(message.kind)
    if outcome.is_delivered:
        is_noted = _note_success(message, outcome)
    else:
        message = copy(message)  # the transaction may fail, and be tried again
        is_noted = _note_failure(message, outcome, handler)
    if not is_noted:
        return
    if handler.stops_on_failure:
        _note_health(message, outcome)
    handler.settled(message, outcome)


_DELIVERED = """UPDATE outbox_message
    SET state = 'delivered', attempts = %s, finished_at = %s, error = '', result = %s
    WHERE id = %s RETURNING id"""


def _note_success(message: Message, outcome: Outcome) -> bool:
    noted = [message.attempts + 1, timezone.now(), json.dumps(outcome.result), message.pk]
    return bool(sql.write(_DELIVERED, noted))


def _note_failure(message: Message, outcome: Outcome, handler: Handler) -> bool:
    """Sets `message` to what follows: another attempt at its `due_at`, or none."""
    message.attempts += 1
    now = timezone.now()
    if outcome.is_final or message.attempts >= handler.max_attempts:
        message.state, message.finished_at = State.FAILED, now
    else:
        message.due_at = now + max(handler.wait_after(message.attempts), outcome.retry_after)
    logger.warning("%s: attempt %s failed, now %s", message, message.attempts, message.state)
    return bool(
        Message.objects.filter(pk=message.pk, state=State.PENDING).update(
            state=message.state,
            attempts=message.attempts,
            due_at=message.due_at,
            finished_at=message.finished_at,
            error=UNPRINTABLE.sub(" ", outcome.error)[:MAX_ERROR_LENGTH],
            result=outcome.result,
        )
    )


def _note_health(message: Message, outcome: Outcome) -> None:
    """A destination that works costs no statement."""
    each = message.destination
    if not outcome.is_delivered:
        Destination.objects.filter(pk=each.pk).update(
            failing_since=Coalesce("failing_since", timezone.now()),
            retry_at=message.due_at if message.state == State.PENDING else None,
        )
    elif each.failing_since is not None:
        Destination.objects.filter(pk=each.pk).update(failing_since=None, retry_at=None)
