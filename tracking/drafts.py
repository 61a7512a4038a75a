"""An order's tracking as it will stand once its changes are written. Pure: no database.

`services` loads drafts, changes them by these methods and writes what they collected, for one order
or for hundreds by the same few statements.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone

from partners.models import User
from repairs.models import RepairOrder
from tracking.models import (
    MAX_NOTE_LENGTH,
    OrderTracking,
    TrackingEvent,
    Workflow,
    WorkflowChange,
    WorkflowStep,
)
from tracking.times import whole_second
from tracking.transitions import (
    CREATED,
    TrackingError,
    allowed_step,
    already_started,
    clean_text,
    event_time,
    quoted,
)

Source = TrackingEvent.Source


@dataclass(slots=True)
class Draft:
    """One order, its tracking (None: not started) and what is to be written.

    `steps` are those of all workflows; `visited` those of the visible events, oldest first. `events`
    and `moves` are the rows to be added, `voided` the event that was voided; `starts` says that tracking
    begins, `is_changed` that there is anything to write.
    """

    order: RepairOrder
    steps: Sequence[WorkflowStep]
    tracking: OrderTracking | None = None
    visited: list[WorkflowStep] = field(default_factory=list)
    is_sandbox: bool = False
    is_changed: bool = False
    starts: bool = False
    events: list[TrackingEvent] = field(default_factory=list)
    moves: list[WorkflowChange] = field(default_factory=list)
    voided: TrackingEvent | None = None

    def fork(self) -> "Draft":
        """A copy to try a change on: what a refused change did goes with the copy."""
        return replace(
            self,
            tracking=copy(self.tracking),
            visited=[*self.visited],
            events=[*self.events],
            moves=[*self.moves],
        )

    def written(self) -> "Draft":
        """The order as it stands after its changes were written."""
        return replace(self, is_changed=False, starts=False, events=[], moves=[], voided=None)

    @property
    def started(self) -> OrderTracking:
        """The tracking; raises TrackingError where there is none to change."""
        if self.tracking is not None:
            return self.tracking
        self._refuse_sandbox()
        raise TrackingError(f"Tracking of {self.order} has not started: choose a workflow first.")

    def start(self, workflow: Workflow, *, by: User | None, source: Source) -> None:
        """Begins tracking with `created` at the order's creation time."""
        self._refuse_sandbox()
        if self.tracking is not None:
            raise TrackingError(f"{already_started(self.order)} Record its next status instead.")
        first = self._step(workflow.pk, CREATED)
        self.tracking = OrderTracking(
            order=self.order,
            partner_id=self.order.partner_id,
            workflow=workflow,
            current_step=first,
            current_since=whole_second(self.order.created_at),
            changed_at=timezone.now(),
            version=0,  # the change makes it 1
        )
        self.starts = True
        self._append(first, self.tracking.current_since, by=by, source=source)

    def record(
        self, code: str, at: datetime | None, note: str, *, by: User | None, source: Source
    ) -> TrackingEvent:
        """Adds the status `code` at `at` (aware; None is now), to the whole second."""
        tracking = self.started
        step = allowed_step(tracking, code, self.steps)
        occurred_at = event_time(tracking, at)
        note = clean_text(note, "note", MAX_NOTE_LENGTH)
        return self._append(step, occurred_at, by=by, source=source, note=note)

    def change_workflow(self, workflow: Workflow, *, by: User | None, source: Source) -> None:
        """Moves the order to another workflow, which must know every visible status."""
        tracking = self.started
        if tracking.workflow_id == workflow.pk:
            raise TrackingError(f"The order is in the {workflow} already: choose another one, or leave it.")
        known = {step.code for step in self.steps if step.workflow_id == workflow.pk}
        if unknown := sorted({step.code for step in self.visited} - known):
            raise TrackingError(
                f"The {workflow} has no {quoted(unknown)}: void that first, or stay in the "
                f"{tracking.workflow}."
            )
        previous, tracking.workflow = tracking.workflow, workflow
        tracking.current_step = self._step(workflow.pk, self.visited[-1].code)
        tracking.is_closed = tracking.current_step.terminal
        self.is_changed = True
        self.moves.append(
            WorkflowChange(
                tracking_id=tracking.pk,
                previous=previous,
                chosen=workflow,
                changed_at=timezone.now(),
                changed_by=by,
                source=source,
            )
        )

    def point_at(self, event: TrackingEvent) -> None:
        """Makes `event` the current one; in the tracking's workflow, where its own step may not be."""
        tracking = self.started
        tracking.current_event = event
        tracking.current_step = self._step(tracking.workflow_id, event.step.code)
        tracking.current_since = event.occurred_at
        tracking.is_closed = tracking.current_step.terminal
        self.is_changed = True

    def _append(
        self, step: WorkflowStep, occurred_at: datetime, *, by: User | None, source: Source, note: str = ""
    ) -> TrackingEvent:
        self.visited.append(step)
        event = TrackingEvent(
            tracking_id=self.order.pk,
            step=step,
            visit=sum(visited.code == step.code for visited in self.visited) if step.numbered else None,
            occurred_at=occurred_at,
            recorded_at=timezone.now(),
            recorded_by=by,
            source=source,
            note=note,
        )
        self.events.append(event)
        self.point_at(event)
        self.started.waiting_on_override = ""
        return event

    def _step(self, workflow_id: int, code: str) -> WorkflowStep:
        return next(step for step in self.steps if (step.workflow_id, step.code) == (workflow_id, code))

    def _refuse_sandbox(self) -> None:
        if self.is_sandbox:
            raise TrackingError(
                f"{self.order} is an order of a sandbox partner: its tracking moves by itself."
            )
