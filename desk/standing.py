"""Where one order stands, in the words and colours of the desk."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from repairs.models import RepairOrder
from tracking.models import OrderTracking, WorkflowStep


@dataclass(frozen=True, slots=True)
class Standing:
    """Status, colour class, time in the status, age (to delivery, or to now), and lateness."""

    text: str
    css: str
    waited: timedelta
    age: timedelta
    is_late: bool = False


def tracking_of(order: RepairOrder) -> OrderTracking | None:
    """The order's tracking where it has begun."""
    return getattr(order, "tracking", None)


def standing_of(order: RepairOrder, now: datetime | None = None) -> Standing:
    """Where `order` stands; its tracking and current step should have been selected with it."""
    now = now or timezone.now()
    tracking = tracking_of(order)
    if tracking is None:
        age = now - order.created_at
        return Standing("new", "new", age, age)
    step, waited = tracking.current_step, now - tracking.current_since
    if step.terminal:
        return Standing(step.code, "done", waited, tracking.current_since - order.created_at)
    css = step.waiting_on
    return Standing(step.code, css, waited, now - order.created_at, _is_late(step, waited))


def _is_late(step: WorkflowStep, waited: timedelta) -> bool:
    """The rule of `queries.late`, for one order."""
    if step.waiting_on != WorkflowStep.WaitingOn.US or step.expected_hours is None:
        return False
    return waited > timedelta(hours=step.expected_hours)


def span(duration: timedelta) -> str:
    """A duration as a clerk says it: `12 min`, `5 h`, `3 d 4 h`, `40 d`."""
    minutes = max(0, int(duration.total_seconds() // 60))
    days, hours = divmod(minutes // 60, 24)
    if days >= 10:
        return f"{days} d"
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h" if hours else f"{minutes} min"
