"""The only writers of tracking: start, record, void, change workflow (CONTRACT section 6).

Each locks the order's tracking row first, so two clerks at once make two ordered events or one
clear refusal. On SQLite the IMMEDIATE transaction is that lock.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils import timezone

from partners.models import Partner, User
from repairs.models import RepairOrder
from tracking import queries
from tracking.models import (
    MAX_NOTE_LENGTH,
    MAX_REASON_LENGTH,
    OrderTracking,
    TrackingEvent,
    Workflow,
    WorkflowChange,
    WorkflowStep,
)
from tracking.signals import (
    TRACKING_UPDATED,
    Members,
    status_recorded,
    status_voided,
    tracking_changed,
)
from tracking.times import whole_second
from tracking.transitions import CREATED, allowed_step, already_started, clean_text, event_time, quoted
from tracking.transitions import TrackingError as TrackingError  # noqa: PLC0414 (callers catch services.TrackingError)

Source = TrackingEvent.Source


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
    tracking, created = _start(order, workflow, by, source)
    _tell(status_recorded, tracking, created)
    return tracking


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
    return record_locked(_locked(order), Change(order, code, at, note=note), by=by, source=source)


@transaction.atomic
def apply(change: Change, *, by: User | None = None, source: Source) -> TrackingEvent:
    """What the shell and a sheet ask for in one line: start or change the workflow, then record.

    An order not yet tracked starts in `change.workflow`, else in the proposed one; `created` only
    starts, at the order's own time whatever `at` says. Raises TrackingError, and nothing is kept.
    """
    tracking = lock_or_start(change.order, change.workflow, by=by, source=source)
    is_new, created = tracking.version == 0, tracking.current_event
    if is_new and created is not None and change.code == CREATED:
        _tell(status_recorded, tracking, created)
        return created
    return record_locked(tracking, change, by=by, source=source)


def lock_or_start(
    order: RepairOrder, workflow: Workflow | None = None, *, by: User | None = None, source: Source
) -> OrderTracking:
    """Locks the order's tracking for `record_locked`, to be called in a transaction.

    Starts it in `workflow`, else in the proposed one, where it has not begun; its version is 0
    until the change is published. Moves it to `workflow` where it is in another one. Raises
    TrackingError.
    """
    tracking = lock(order)
    if tracking is None:
        return _start(order, workflow or queries.proposed_workflow(order), by, source)[0]
    if workflow is not None and workflow.pk != tracking.workflow_id:
        _change_workflow(tracking, workflow, by, source)
    return tracking


def record_locked(
    tracking: OrderTracking, change: Change, *, by: User | None = None, source: Source
) -> TrackingEvent:
    """Adds a status to a tracking row that the caller has locked, and publishes the change.

    Raises TrackingError as `record` does.
    """
    step = allowed_step(tracking, change.code)
    occurred_at = event_time(tracking, change.at)
    note = clean_text(change.note, "note", MAX_NOTE_LENGTH)
    event = _append(tracking, step, occurred_at, by=by, source=source, note=note)
    _tell(status_recorded, tracking, event)
    return event


def publish(tracking: OrderTracking, members: Members | None = None) -> None:
    """Saves a changed tracking row under its next version and sends `tracking_changed`, once per change.

    `members` names the change's further events, such as `estimate.updated`; see `tracking.signals`.
    """
    members = members or {}
    tracking.version += 1
    tracking.changed_at = timezone.now()
    tracking.save(force_update=True)
    events = [TRACKING_UPDATED, *members]
    tracking_changed.send(OrderTracking, tracking=tracking, events=events, members=members)


def record_many(
    changes: Iterable[Change], *, by: User | None = None, source: Source, dry_run: bool = False
) -> list[Outcome]:
    """Applies each change on its own, in the order given, and says how each fared.

    One transaction per order, orders locked by rising key, so that two runs never deadlock.
    With `dry_run` every change is judged and nothing is kept.
    """
    by_order: dict[int, list[tuple[int, Change]]] = defaultdict(list)
    for position, change in enumerate(changes):
        by_order[change.order.pk].append((position, change))
    outcomes: dict[int, Outcome] = {}
    for _, of_order in sorted(by_order.items()):
        with transaction.atomic():
            for position, change in of_order:
                outcomes[position] = _outcome(change, by, source)
            transaction.set_rollback(dry_run)
    return [outcome for _, outcome in sorted(outcomes.items())]


@transaction.atomic
def void(event: TrackingEvent, *, by: User, reason: str) -> None:
    """Takes a mistaken event out of sight of the API; the audit keeps it.

    Raises TrackingError without a reason, for `created`, and for an event voided before.
    """
    tracking = _locked(event.tracking.order)
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
    _point_at(tracking, queries.visible_events(tracking)[-1])
    _tell(status_voided, tracking, event)


@transaction.atomic
def change_workflow(
    order: RepairOrder, workflow: Workflow, *, by: User | None = None, source: Source
) -> OrderTracking:
    """Moves the order to another workflow, which must know every visible status.

    Raises TrackingError where one does not exist there, and where the order is in it already.
    """
    tracking = _locked(order)
    _change_workflow(tracking, workflow, by, source)
    publish(tracking)
    return tracking


def lock(order: RepairOrder) -> OrderTracking | None:
    """Locks the order's tracking row until the transaction ends; None while it is not tracked."""
    # Without joins: PostgreSQL would drop the row if what it is joined to changed while we waited.
    return OrderTracking.objects.select_for_update().filter(pk=order.pk).first()


def _locked(order: RepairOrder) -> OrderTracking:
    tracking = lock(order)
    if tracking is None:
        _refuse_sandbox(order)
        raise TrackingError(f"Tracking of {order} has not started: choose a workflow first.")
    return tracking


def _start(
    order: RepairOrder, workflow: Workflow, by: User | None, source: Source
) -> tuple[OrderTracking, TrackingEvent]:
    """The new tracking row at its event `created`; nothing is published yet."""
    _refuse_sandbox(order)
    now = timezone.now()
    first = WorkflowStep.objects.get(workflow=workflow, code=CREATED)
    tracking = OrderTracking(
        order=order,
        partner_id=order.partner_id,
        workflow=workflow,
        current_step=first,
        current_since=whole_second(order.created_at),
        changed_at=now,
        version=0,  # `publish` makes it 1
    )
    try:
        with transaction.atomic():
            tracking.save(force_insert=True)
    except IntegrityError:  # somebody was faster
        raise TrackingError(f"{already_started(order)} Record its next status instead.") from None
    order.started_at = now
    order.save(update_fields=["started_at"])
    return tracking, _append(tracking, first, tracking.current_since, by=by, source=source)


def _change_workflow(tracking: OrderTracking, workflow: Workflow, by: User | None, source: Source) -> None:
    if tracking.workflow_id == workflow.pk:
        raise TrackingError(f"The order is in the {workflow} already: choose another one, or leave it.")
    known = set(WorkflowStep.objects.filter(workflow=workflow).values_list("code", flat=True))
    events = queries.visible_events(tracking)
    if unknown := sorted({event.step.code for event in events} - known):
        raise TrackingError(
            f"The {workflow} has no {quoted(unknown)}: void that first, or stay in the {tracking.workflow}."
        )
    previous, tracking.workflow = tracking.workflow, workflow
    _point_at(tracking, events[-1])
    WorkflowChange.objects.create(
        tracking=tracking,
        previous=previous,
        chosen=workflow,
        changed_at=timezone.now(),
        changed_by=by,
        source=source,
    )


def _append(
    tracking: OrderTracking,
    step: WorkflowStep,
    occurred_at: datetime,
    *,
    by: User | None,
    source: Source,
    note: str = "",
) -> TrackingEvent:
    event = TrackingEvent.objects.create(
        tracking=tracking,
        step=step,
        visit=queries.visits(tracking, step.code) + 1 if step.numbered else None,
        occurred_at=occurred_at,
        recorded_at=timezone.now(),
        recorded_by=by,
        source=source,
        note=note,
    )
    _point_at(tracking, event)
    tracking.waiting_on_override = ""
    return event


def _point_at(tracking: OrderTracking, event: TrackingEvent) -> None:
    """Makes `event` the current one, unsaved; in `tracking.workflow`, where its own step may not be."""
    step = event.step
    if step.workflow_id != tracking.workflow_id:
        step = WorkflowStep.objects.get(workflow=tracking.workflow_id, code=step.code)
    tracking.current_event = event
    tracking.current_step = step
    tracking.current_since = event.occurred_at
    tracking.is_closed = step.terminal


def _tell(signal: Signal, tracking: OrderTracking, event: TrackingEvent) -> None:
    """Lets the apps above adapt to `event`, and publishes the change."""
    members: dict[str, Mapping[str, Any]] = {}
    for _, further in signal.send(OrderTracking, tracking=tracking, event=event):
        members.update(cast(Members | None, further) or {})
    publish(tracking, members)


def _outcome(change: Change, by: User | None, source: Source) -> Outcome:
    try:
        return Outcome(change, event=apply(change, by=by, source=source))
    except TrackingError as error:
        return Outcome(change, refusal=str(error))


def _refuse_sandbox(order: RepairOrder) -> None:
    if Partner.objects.filter(pk=order.partner_id, is_sandbox=True).exists():
        raise TrackingError(f"{order} is an order of a sandbox partner: its tracking moves by itself.")
