"""Where one order stands, in the words and colours of the desk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from partners.models import User
from repairs.models import RepairOrder
from tracking import transitions
from tracking.models import PROPOSED, OrderTracking, WorkflowStep


@dataclass(frozen=True, slots=True)
class Standing:
    """Status, colour class, time in the status, age (to delivery, or to now), and lateness.

    `over` is the time beyond what is expected, None within it; late is what waits on us.
    """

    text: str
    css: str
    waited: timedelta
    age: timedelta
    over: timedelta | None = None
    is_late: bool = False


def tracking_of(order: RepairOrder) -> OrderTracking | None:
    """The order's tracking where it has begun."""
    return getattr(order, "tracking", None)


def assignee_of(order: RepairOrder) -> User | None:
    """The technician who works on the order; the assignment should have been selected with it."""
    assignment = getattr(order, "assignment", None)
    return assignment.assignee if assignment else None


def allowed_steps(order: RepairOrder, steps: Iterable[WorkflowStep]) -> list[WorkflowStep]:
    """The `steps` that may be recorded next; before tracking starts, all of the proposed workflow."""
    tracking = tracking_of(order)
    if tracking is None:
        return [step for step in steps if step.workflow.code == PROPOSED[order.engagement_type]]
    return transitions.allowed_of(steps, tracking)


def standing_of(
    order: RepairOrder, now: datetime | None = None, new_hours: Mapping[str, int] | None = None
) -> Standing:
    """Where `order` stands; its tracking and current step should have been selected with it.

    A new order is late by `new_hours` (`order_queries.new_hours`); without them that is left open.
    """
    now = now or timezone.now()
    tracking = tracking_of(order)
    if tracking is None:
        age = now - order.created_at
        over = _over((new_hours or {}).get(order.engagement_type), age)
        return Standing("new", "new", age, age, over, over is not None)
    step, waited = tracking.current_step, now - tracking.current_since
    if step.terminal:
        return Standing(step.code, "done", waited, tracking.current_since - order.created_at)
    waiting_on = tracking.waiting_on_override or step.waiting_on
    over = _over(step.expected_hours, waited)
    is_late = over is not None and waiting_on == WorkflowStep.WaitingOn.US
    return Standing(step.code, waiting_on, waited, now - order.created_at, over, is_late)


def _over(expected_hours: int | None, waited: timedelta) -> timedelta | None:
    """The rule of `order_queries.over`, for one order."""
    over = None if expected_hours is None else waited - timedelta(hours=expected_hours)
    return over if over is not None and over > timedelta() else None


def span(duration: timedelta) -> str:
    """A duration as a clerk says it: `12 min`, `5 h`, `3 d 4 h`, `40 d`."""
    minutes = max(0, int(duration.total_seconds() // 60))
    days, hours = divmod(minutes // 60, 24)
    if days >= 10:
        return f"{days} d"
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h" if hours else f"{minutes} min"
