"""The only writers of tracking: start, record, void, change workflow (CONTRACT section 6).

Each locks the order's tracking row first, so two clerks at once make two ordered events or one
clear refusal. What has no such row yet is locked by its order. On SQLite the IMMEDIATE transaction
is that lock.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from partners.models import Partner, User
from repairs.models import RepairOrder
from tracking import queries
from tracking.drafts import Draft, Source
from tracking.models import (
    MAX_REASON_LENGTH,
    OrderTracking,
    TrackingEvent,
    Workflow,
    WorkflowChange,
)
from tracking.transitions import CREATED, clean_text
from tracking.transitions import TrackingError as TrackingError  # noqa: PLC0414 (callers catch services.TrackingError)

# So many orders share a transaction and its statements.
ORDERS_AT_ONCE = 250

# The columns of OrderTracking that a change may touch.
_CHANGING = (
    "workflow",
    "current_event",
    "current_step",
    "current_since",
    "is_closed",
    "version",
    "changed_at",
)


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
    draft = _draft(order, to_start=True)
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
    draft = _draft(change.order, to_start=True)
    event = _apply(draft, change, by, source)
    _write([draft])
    return event


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
    outcomes: dict[int, Outcome] = {}
    pks = sorted(by_order)
    for first in range(0, len(pks), ORDERS_AT_ONCE):
        orders = [by_order[pk][0][1].order for pk in pks[first : first + ORDERS_AT_ONCE]]
        for some, to_start in _by_lock(orders):
            with transaction.atomic():
                drafts = _drafts(some, to_start=to_start, lock=not dry_run)
                for pk in drafts:
                    for position, change in by_order[pk]:
                        drafts[pk], outcomes[position] = _outcome(drafts[pk], change, by, source)
                if not dry_run:
                    _write(list(drafts.values()))
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
    draft.point_at(queries.visible_events(draft.started)[-1])
    _write([draft])


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
        draft.start(change.workflow or _proposed(draft), by=by, source=source)
        if change.code == CREATED:
            return draft.events[-1]
    elif change.workflow is not None and change.workflow.pk != draft.tracking.workflow_id:
        draft.change_workflow(change.workflow, by=by, source=source)
    return draft.record(change.code, change.at, change.note, by=by, source=source)


def _proposed(draft: Draft) -> Workflow:
    code = queries.PROPOSED[draft.order.engagement_type]
    return next(step.workflow for step in draft.steps if step.workflow.code == code)


def _outcome(draft: Draft, change: Change, by: User | None, source: Source) -> tuple[Draft, Outcome]:
    """The order after the change, or as before where it is refused."""
    trial = draft.fork()
    try:
        return trial, Outcome(change, event=_apply(trial, change, by, source))
    except TrackingError as error:
        return draft, Outcome(change, refusal=str(error))


def _by_lock(orders: Sequence[RepairOrder]) -> list[tuple[list[RepairOrder], bool]]:
    """The orders with a tracking row to lock, and those that are locked themselves: in
    transactions of their own, as nobody may wait for the one lock holding the other."""
    pks = [order.pk for order in orders]
    tracked = set(OrderTracking.objects.filter(pk__in=pks).values_list("pk", flat=True))
    with_row = [order for order in orders if order.pk in tracked]
    without = [order for order in orders if order.pk not in tracked]
    return [(some, to_start) for some, to_start in ((with_row, False), (without, True)) if some]


def _draft(order: RepairOrder, *, to_start: bool = False) -> Draft:
    return _drafts([order], to_start=to_start)[order.pk]


def _drafts(orders: Sequence[RepairOrder], *, to_start: bool, lock: bool = True) -> dict[int, Draft]:
    """The orders as they stand, locked; with `to_start` also those whose tracking has not begun."""
    pks = [order.pk for order in orders]
    trackings = _trackings(pks, lock=lock)
    missing = [pk for pk in pks if pk not in trackings]
    if missing and to_start and lock:
        # Whoever starts takes this lock, and may have done so before we got it.
        orders_of = RepairOrder.objects.filter(pk__in=missing).order_by("pk")
        list(orders_of.select_for_update(no_key=True).values_list("pk"))
        trackings |= _trackings(missing, lock=lock)
    all_steps = queries.all_steps()
    by_pk = {step.pk: step for step in all_steps}
    visited = queries.visited_steps(list(trackings), by_pk)
    workflows = {step.workflow_id: step.workflow for step in all_steps}
    partners = {order.partner_id for order in orders if order.pk not in trackings}
    sandboxes = set(Partner.objects.filter(pk__in=partners, is_sandbox=True).values_list("pk", flat=True))
    drafts = {}
    for order in orders:
        if tracking := trackings.get(order.pk):
            tracking.order = order
            tracking.workflow = workflows[tracking.workflow_id]
            tracking.current_step = by_pk[tracking.current_step_id]
        drafts[order.pk] = Draft(
            order, all_steps, tracking, visited[order.pk], is_sandbox=order.partner_id in sandboxes
        )
    return drafts


def _trackings(pks: Sequence[int], *, lock: bool) -> dict[int, OrderTracking]:
    # Without joins: PostgreSQL would drop the row if what it is joined to changed while we waited.
    trackings = OrderTracking.objects.filter(pk__in=pks).order_by("pk")
    return {row.pk: row for row in (trackings.select_for_update() if lock else trackings)}


def _write(drafts: Sequence[Draft]) -> None:
    """Writes what the drafts collected. Foreign keys are checked when the transaction ends."""
    changed = [draft for draft in drafts if draft.is_changed]
    events = [event for draft in changed for event in draft.events]
    TrackingEvent.objects.bulk_create(events)
    OrderTracking.objects.bulk_create(
        [draft.started for draft in changed],
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=_CHANGING,
    )
    WorkflowChange.objects.bulk_create(move for draft in changed for move in draft.moves)
    if started := [draft.order for draft in changed if draft.starts]:
        now = timezone.now()
        RepairOrder.objects.filter(pk__in=[order.pk for order in started]).update(started_at=now)
        for order in started:
            order.started_at = now
    for draft in changed:
        for event in draft.events:
            event.tracking = draft.started
