"""Orders of sandbox partners: a history that the clock makes and nobody writes.

One status a minute since the order's creation, through the whole proposed workflow.
"""

from datetime import datetime, timedelta

from tracking.models import WorkflowStep
from tracking.queries import PROPOSED, Event, Head, Step, Tracked, heads_created
from tracking.times import whole_second

PACE = timedelta(minutes=1)

Plans = dict[str, list[WorkflowStep]]


def plans() -> Plans:
    """The steps of each workflow by its code: one query."""
    by_workflow: Plans = {}
    for step in WorkflowStep.objects.select_related("workflow"):
        by_workflow.setdefault(step.workflow.code, []).append(step)
    return by_workflow


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


def play_changed(partner_id: int, since: datetime, after: str, limit: int, now: datetime) -> list[Tracked]:
    """What `selectors.heads_changed` is for other partners, histories included: two queries."""
    by_workflow = plans()
    longest = max(map(len, by_workflow.values())) * PACE
    played = [play(head, by_workflow, now) for head in heads_created(partner_id, since - longest)]
    first_key = (since, next((t.head.order_id + 1 for t in played if t.head.request_id == after), 0))
    keyed = sorted(((tracked.events[-1].occurred_at, tracked.head.order_id), tracked) for tracked in played)
    return [tracked for key, tracked in keyed if key >= first_key][:limit]
