"""Orders of sandbox partners: a history that the clock makes and nobody writes.

One status a minute since the order's creation, through the whole proposed workflow. Only approving
the estimate is left to the partner.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from tracking.estimate_states import AWAITING, RAISED, EstimateState
from tracking.models import PROPOSED, WorkflowStep
from tracking.snapshots import Decision, Event, Head, Step, Tracked
from tracking.times import whole_second

PACE = timedelta(minutes=1)

# Every sandbox order has one estimate, of the same amount; its lines are in `estimates.sandbox`.
ESTIMATE_TOTAL_PAISE = 295_000
ESTIMATE_VALID_FOR = timedelta(days=7)

Plans = dict[str, list[WorkflowStep]]


def play(head: Head, plans: Plans, now: datetime) -> Tracked:
    """The order as it stands at `now`; its version counts the changes that a poll shows.

    At `awaiting approval` the clock stops until the partner approves the estimate.
    """
    workflow = PROPOSED[head.engagement_type]
    steps = plans[workflow]
    decision = head.decision if head.decision and head.decision.decided_at <= now else None
    reached = _reached(steps, whole_second(head.created_at), decision, now)
    events = [Event(Step(workflow, s.code, s.numbered, s.terminal), at) for s, at in reached]
    here = reached[-1][0]
    is_declined = decision is not None and not decision.approves
    head = head._replace(
        version=len(events) + is_declined,
        changed_at=decision.decided_at if decision and is_declined else events[-1].occurred_at,
        waiting_on=WorkflowStep.WaitingOn.US if is_declined else here.waiting_on,
        expected_hours=here.expected_hours,
        step=events[-1].step,
    )
    return Tracked(_with_estimate(head, events, decision).as_of(now), events)


def _reached(
    steps: Sequence[WorkflowStep], begun: datetime, decision: Decision | None, now: datetime
) -> list[tuple[WorkflowStep, datetime]]:
    """The steps reached by `now`, each with its time; always the first."""
    waits_at = next(n for n, step in enumerate(steps) if step.code == AWAITING)
    timed = [(step, begun + n * PACE) for n, step in enumerate(steps[: waits_at + 1])]
    if decision is not None and decision.approves:
        approved_at = whole_second(decision.decided_at)
        timed += [(step, approved_at + n * PACE) for n, step in enumerate(steps[waits_at + 1 :])]
    return timed[:1] + [(step, at) for step, at in timed[1:] if at <= now]


def _with_estimate(head: Head, events: Sequence[Event], decision: Decision | None) -> Head:
    raised_at = next((event.occurred_at for event in events if event.step.code == RAISED), None)
    if raised_at is None:
        return head
    if decision is not None:
        state = EstimateState.APPROVED if decision.approves else EstimateState.DECLINED
    else:
        is_waiting = events[-1].step.code == AWAITING
        state = EstimateState.AWAITING_APPROVAL if is_waiting else EstimateState.RAISED
    return head._replace(
        estimate_no=1,
        estimate_state=state.value,
        estimate_total_paise=ESTIMATE_TOTAL_PAISE,
        estimate_valid_until=timezone.localdate(raised_at) + ESTIMATE_VALID_FOR,
    )


def longest(plans: Plans) -> timedelta:
    """After this time no order moves any more, unless its partner decides."""
    return max(map(len, plans.values())) * PACE


def changed(played: Iterable[Tracked], since: datetime, after: str, limit: int) -> list[Tracked]:
    """Of the `played` orders those that `queries.changed` returns for other partners."""
    orders = list(played)
    first_key = (since, next((t.head.order_id + 1 for t in orders if t.head.request_id == after), 0))
    keyed = sorted(
        ((tracked.head.changed_at or tracked.head.created_at, tracked.head.order_id), tracked)
        for tracked in orders
    )
    return [tracked for key, tracked in keyed if key >= first_key][:limit]
