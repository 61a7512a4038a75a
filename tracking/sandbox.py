"""Orders of sandbox partners: a history that the clock makes and nobody writes.

One status a minute since the order's creation, through the whole proposed workflow.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tracking.models import PROPOSED, WorkflowStep
from tracking.snapshots import Event, Head, Step, Tracked
from tracking.times import whole_second

PACE = timedelta(minutes=1)

Plans = dict[str, list[WorkflowStep]]


def play(head: Head, plans: Plans, now: datetime) -> Tracked:
    """The order as it stands at `now`; the version is the number of its events."""
    workflow = PROPOSED[head.engagement_type]
    begun = whole_second(head.created_at)
    minutes = max(0, (now - begun) // PACE)
    reached = plans[workflow][: minutes + 1]
    events = [
        Event(Step(workflow, step.code, step.numbered, step.terminal), begun + n * PACE)
        for n, step in enumerate(reached)
    ]
    head = head._replace(
        version=len(events),
        changed_at=events[-1].occurred_at,
        waiting_on=reached[-1].waiting_on,
        expected_hours=reached[-1].expected_hours,
        step=events[-1].step,
    )
    return Tracked(head, events)


def longest(plans: Plans) -> timedelta:
    """After this time no order moves any more."""
    return max(map(len, plans.values())) * PACE


def changed(played: Iterable[Tracked], since: datetime, after: str, limit: int) -> list[Tracked]:
    """Of the `played` orders those that `queries.changed` returns for other partners."""
    orders = list(played)
    first_key = (since, next((t.head.order_id + 1 for t in orders if t.head.request_id == after), 0))
    keyed = sorted(((tracked.events[-1].occurred_at, tracked.head.order_id), tracked) for tracked in orders)
    return [tracked for key, tracked in keyed if key >= first_key][:limit]
