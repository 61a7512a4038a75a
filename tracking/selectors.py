"""What is read of tracking: for staff as model rows, for the API as plain tuples."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from repairs.models import RepairOrder
from tracking.models import OrderTracking, TrackingEvent, Workflow, WorkflowStep

# What staff start with unless they decide otherwise (CONTRACT section 6).
PROPOSED = {
    "Onsite": "technician",
    "Home": "technician",
    "Offsite": "service_center",
    "Pickup": "service_center",
    "Walk-in": "service_center",
}


class TimelineEntry(NamedTuple):
    """A visible event and its status as the API shows it, visits numbered."""

    event: TrackingEvent
    status: str


def proposed_workflow(order: RepairOrder) -> Workflow:
    """The workflow that the order's Engagement_Type suggests."""
    return Workflow.objects.get(code=PROPOSED[order.engagement_type])


def allowed_next(tracking: OrderTracking) -> list[WorkflowStep]:
    """The steps that may be recorded now, in the workflow's order; none after `delivered`."""
    steps = list(WorkflowStep.objects.filter(workflow=tracking.workflow_id))
    here = next(step for step in steps if step.pk == tracking.current_step_id)
    if here.terminal:
        return []
    return [step for step in steps if step.position > here.position or step.repeatable]


def visible_events(tracking: OrderTracking) -> list[TrackingEvent]:
    """The events that are not voided, oldest first, with their steps."""
    return list(tracking.events.filter(voided_at=None).select_related("step").order_by("pk"))


def visits(tracking: OrderTracking, code: str) -> int:
    """How often the order has visibly been at `code`."""
    return tracking.events.filter(voided_at=None, step__code=code).count()


def timeline(tracking: OrderTracking) -> list[TimelineEntry]:
    """The history as the API shows it, oldest first."""
    events = visible_events(tracking)
    return [
        TimelineEntry(event, status)
        for event, status in zip(
            events, statuses((event.step.code, event.step.numbered) for event in events), strict=True
        )
    ]


def full_history(tracking: OrderTracking) -> list[TrackingEvent]:
    """Every event, voided ones too, oldest first, with steps and people; `visit` as first given."""
    return list(tracking.events.select_related("step", "recorded_by", "voided_by").order_by("pk"))


def statuses(steps: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The status texts of (code, numbered) pairs: numbered ones count `- 1`, `- 2`, ..."""
    seen: Counter[str] = Counter()
    for code, numbered in steps:
        if numbered:
            seen[code] += 1
            yield f"{code} - {seen[code]}"
        else:
            yield code


def wire_date(moment: datetime) -> str:
    """`DD-MM-YYYY HH:MM:SS` in the server time zone."""
    return f"{timezone.localtime(moment):%d-%m-%Y %H:%M:%S}"
