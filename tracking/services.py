"""The only writers of tracking: start, record, void, change workflow (docs/contract.md section 6).

Each locks the order's tracking row first, so two clerks at once make two ordered events or one
clear refusal. What has no such row yet is locked by its order. On SQLite the IMMEDIATE transaction
is that lock.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from partners.models import Partner, User
from repairs.models import RepairOrder
from tracking import queries
from tracking.drafts import Draft, Source
from tracking.models import (
    MAX_REASON_LENGTH,
    PROPOSED,
    OrderTracking,
    TrackingEvent,
    Workflow,
    WorkflowChange,
)
from tracking.signals import (
    TRACKING_UPDATED,
    Members,
    TrackingChange,
    status_recorded,
    status_voided,
    tracking_changed,
)
from tracking.transitions import CREATED, clean_text
from tracking.transitions import TrackingError as TrackingError  # noqa: PLC0414 (callers catch services.TrackingError)

UNDO_WITHIN = timedelta(minutes=1)
UNDONE = "Undone by the one who recorded it, within a minute."

# So many orders share a transaction and its statements.
ORDERS_AT_ONCE = 250

# The columns of OrderTracking that a change may touch.
_CHANGING = [
    column.name for column in OrderTracking._meta.concrete_fields if column.name not in ("order", "partner")
]


@dataclass(frozen=True, slots=True)
class Change:
    """A status to record for an order: at `at` (aware; None is now), in `workflow` where given."""

    order: RepairOrder
    code: str
    at: datetime | None = None
    workflow: Workflow | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a change fared: either `event` or the sentence of `refusal`."""

    change: Change
    event: TrackingEvent | None = None
    refusal: str | None = None

    @property
    def order(self) -> RepairOrder:
        """The order it was about."""
        return self.change.order


@transaction.atomic
def start(order: RepairOrder, workflow: Workflow, *, by: User | None = None, source: Source) -> OrderTracking:
    """Begins tracking with `created` at the order's creation time.

    Raises TrackingError where it has begun already, and for orders of sandbox partners.
    """
    draft = _draft(order)
    draft.start(workflow, by=by, source=source)
    _write([draft])
    return draft.started


@transaction.atomic
def record(
    order: RepairOrder,
    code: str,
    *,
    at: datetime | None = None,
    by: User | None = None,
    source: Source,
    note: str = "",
) -> TrackingEvent:
    """Adds the status `code` at `at` (aware; None is now), to the whole second.

    Raises TrackingError where tracking has not begun, where the workflow does not allow the
    status next, and where the time is before the last event's or in the future.
    """
    draft = _draft(order)
    event = draft.record(code, at, note, by=by, source=source)
    _write([draft])
    return event


@transaction.atomic
def apply(change: Change, *, by: User | None = None, source: Source) -> TrackingEvent:
    """What the shell and a sheet ask for in one line: start or change the workflow, then record.

    An order not yet tracked starts in `change.workflow`, else in the proposed one; `created` only
    starts, at the order's own time whatever `at` says. Raises TrackingError, and nothing is kept.
    """
    draft = _draft(change.order)
    event = _apply(draft, change, by, source)
    _write([draft])
    return event


def lock(order: RepairOrder) -> OrderTracking | None:
    """Locks the order for what changes its tracking until the transaction ends; returns None while it
    is not tracked."""
    return _lock([order.pk]).get(order.pk)


def publish(tracking: OrderTracking, members: Members | None = None) -> None:
    """Saves a changed tracking row under its next version and sends `tracking_changed`, once per change.

    `members` names the change's further events, such as `estimate.updated`; see `tracking.signals`.
    """
    _publish([(tracking, members or {})])


def record_many(
    changes: Iterable[Change], *, by: User | None = None, source: Source, dry_run: bool = False
) -> list[Outcome]:
    """Applies each change on its own, in the order given, and says how each fared.

    Orders are taken in chunks, each in one transaction and locked by rising key, so that two runs
    never deadlock. With `dry_run` every change is validated and nothing is locked or kept.
    """
    by_order: dict[int, list[tuple[int, Change]]] = defaultdict(list)
    for position, change in enumerate(changes):
        by_order[change.order.pk].append((position, change))
    pks = sorted(by_order)
    outcomes: dict[int, Outcome] = {}
    for first in range(0, len(pks), ORDERS_AT_ONCE):
        some = set(pks[first : first + ORDERS_AT_ONCE])
        tracked = set(OrderTracking.objects.filter(pk__in=some).values_list("pk", flat=True))
        # In transactions of their own, as nobody may wait for one kind of lock holding the other.
        for of_kind in filter(None, (tracked, some - tracked)):
            chunk = [by_order[pk] for pk in sorted(of_kind)]
            outcomes |= _record_chunk(chunk, by, source, dry_run=dry_run)
    return [outcome for _, outcome in sorted(outcomes.items())]


@transaction.atomic
def void(event: TrackingEvent, *, by: User, reason: str) -> None:
    """Takes a mistaken event out of sight of the API; the audit keeps it.

    Raises TrackingError without a reason, for `created`, and for an event voided before.
    """
    draft = _draft(event.tracking.order)
    event.refresh_from_db()
    reason = clean_text(reason, "reason", MAX_REASON_LENGTH)
    if not reason:
        raise TrackingError("Say why this status is voided.")
    if event.voided_at is not None:
        raise TrackingError("This status was voided before.")
    if event.step.code == CREATED:
        raise TrackingError('"created" cannot be voided: every history begins with it. Void a later status.')
    event.voided_at, event.voided_by, event.void_reason = timezone.now(), by, reason
    event.save(update_fields=["voided_at", "voided_by", "void_reason"])
    draft.voided = event
    draft.point_at(queries.visible_events(draft.started)[-1])
    _write([draft])


@transaction.atomic
def undo(event: TrackingEvent, *, by: User) -> None:
    """Voids somebody's own last status within a minute; the reason says that it was undone.

    Raises TrackingError for a status of somebody else, an older one and one that others followed.
    """
    draft = _draft(event.tracking.order)
    if draft.started.current_event_id != event.pk or not may_undo(event, by):
        raise TrackingError(
            "Only one's own last status can be undone, within a minute. Void it with a reason instead."
        )
    void(event, by=by, reason=UNDONE)


def may_undo(event: TrackingEvent, by: User) -> bool:
    """Whether `by` recorded the event less than a minute ago and it stands."""
    is_own = event.recorded_by_id == by.pk and event.voided_at is None and event.step.code != CREATED
    return is_own and timezone.now() - event.recorded_at < UNDO_WITHIN


@transaction.atomic
def change_workflow(
    order: RepairOrder, workflow: Workflow, *, by: User | None = None, source: Source
) -> OrderTracking:
    """Moves the order to another workflow, which must know every visible status.

    Raises TrackingError where one does not exist there, and where the order is in it already.
    """
    draft = _draft(order)
    draft.change_workflow(workflow, by=by, source=source)
    _write([draft])
    return draft.started


def _apply(draft: Draft, change: Change, by: User | None, source: Source) -> TrackingEvent:
    if draft.tracking is None:
        proposed = PROPOSED[change.order.engagement_type]
        workflows = (step.workflow for step in draft.steps if step.workflow.code == proposed)
        draft.start(change.workflow or next(workflows), by=by, source=source)
        if change.code == CREATED:
            return draft.events[-1]
    elif change.workflow is not None and change.workflow.pk != draft.tracking.workflow_id:
        draft.change_workflow(change.workflow, by=by, source=source)
    return draft.record(change.code, change.at, change.note, by=by, source=source)


def _record_chunk(
    orders: Sequence[Sequence[tuple[int, Change]]], by: User | None, source: Source, *, dry_run: bool
) -> dict[int, Outcome]:
    """Applies the changes of each order: first each order's first one, then the second ones, ...

    So every change is written and published by itself, and those of many orders together.
    """
    outcomes: dict[int, Outcome] = {}
    with transaction.atomic():
        drafts = _drafts([of_order[0][1].order for of_order in orders], lock=not dry_run)
        for turn in zip_longest(*orders):
            for position, change in filter(None, turn):
                pk = change.order.pk
                drafts[pk], outcomes[position] = _outcome(drafts[pk], change, by, source)
            if not dry_run:
                drafts = _write(drafts.values())
    return outcomes


def _outcome(draft: Draft, change: Change, by: User | None, source: Source) -> tuple[Draft, Outcome]:
    """The order after the change, or as before where it is refused."""
    trial = draft.fork()
    try:
        return trial, Outcome(change, event=_apply(trial, change, by, source))
    except TrackingError as error:
        return draft, Outcome(change, refusal=str(error))


def _lock(pks: Sequence[int]) -> dict[int, OrderTracking]:
    """Locks orders; returns the tracking rows of those that are tracked."""
    # Without joins: PostgreSQL would drop the row if what it is joined to changed while we waited.
    trackings = OrderTracking.objects.select_for_update().order_by("pk")
    found = trackings.in_bulk(pks)
    if missing := [pk for pk in pks if pk not in found]:
        # Anyone who starts takes this lock, and may have done so before we got it.
        orders = RepairOrder.objects.filter(pk__in=missing).order_by("pk")
        list(orders.select_for_update(no_key=True).values_list("pk"))
        found |= trackings.in_bulk(missing)
    return found


def _draft(order: RepairOrder) -> Draft:
    return _drafts([order])[order.pk]


def _drafts(orders: Sequence[RepairOrder], *, lock: bool = True) -> dict[int, Draft]:
    """The orders as they stand, locked unless they are only looked at."""
    pks = [order.pk for order in orders]
    trackings = _lock(pks) if lock else OrderTracking.objects.in_bulk(pks)
    steps = queries.fixed_steps()
    by_pk = {step.pk: step for step in steps}
    visited = queries.visited_steps(list(trackings), by_pk)
    untracked = {order.partner_id for order in orders if order.pk not in trackings}
    sandboxes = Partner.objects.filter(pk__in=untracked, is_sandbox=True).values_list("pk", flat=True)
    sandbox_ids = set(sandboxes) if untracked else set()
    drafts = {}
    for order in orders:
        if tracking := trackings.get(order.pk):
            tracking.order = order
            tracking.current_step = by_pk[tracking.current_step_id]
            tracking.workflow = tracking.current_step.workflow
        drafts[order.pk] = Draft(
            order, steps, tracking, visited[order.pk], is_sandbox=order.partner_id in sandbox_ids
        )
    return drafts


def _write(drafts: Iterable[Draft]) -> dict[int, Draft]:
    """Writes and publishes one change of each draft; returns the drafts as they stand then."""
    drafts = list(drafts)
    changed = [draft for draft in drafts if draft.is_changed]
    _add(changed)
    _publish([(draft.started, _members(draft)) for draft in changed])
    return {draft.order.pk: draft.written() for draft in drafts}


def _add(drafts: Sequence[Draft]) -> None:
    """Stores the new rows. Foreign keys are checked when the transaction ends, so events may be first."""
    TrackingEvent.objects.bulk_create(event for draft in drafts for event in draft.events)
    WorkflowChange.objects.bulk_create(move for draft in drafts for move in draft.moves)
    if new := [draft for draft in drafts if draft.starts]:
        OrderTracking.objects.bulk_create(draft.started for draft in new)
        now = timezone.now()
        RepairOrder.objects.filter(pk__in=[draft.order.pk for draft in new]).update(started_at=now)
        for draft in new:
            draft.order.started_at = now
    for draft in drafts:
        for event in draft.events:
            event.tracking = draft.started


def _members(draft: Draft) -> Members:
    """Lets the apps above adapt to the event of a change; returns what they add to its publication."""
    if draft.voided:
        signal, event = status_voided, draft.voided
    elif draft.events:
        signal, event = status_recorded, draft.events[-1]
    else:
        return {}
    members: dict[str, Mapping[str, Any]] = {}
    for _, further in signal.send(OrderTracking, tracking=draft.started, event=event):
        members.update(cast(Members | None, further) or {})
    return members


def _publish(changes: Sequence[tuple[OrderTracking, Members]]) -> None:
    for tracking, members in changes:
        tracking.version += 1
        tracking.changed_at = timezone.now()
        tracking.event_sequence += 1 + len(members)
    OrderTracking.objects.bulk_create(
        (tracking for tracking, _ in changes),
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=_CHANGING,
    )
    told = [TrackingChange(tracking, [TRACKING_UPDATED, *members], members) for tracking, members in changes]
    tracking_changed.send(OrderTracking, changes=told)
