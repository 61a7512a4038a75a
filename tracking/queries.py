"""What is read of tracking: for staff as model rows, for the API as plain tuples."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models
from django.db.models import FilteredRelation, Q
from django.db.models.functions import Coalesce

from repairs.models import RepairOrder
from repairs.request_ids import may_be_request_id
from tracking.models import OrderTracking, TrackingEvent, Workflow, WorkflowStep
from warrantify.queries import CompiledQuery

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
    return allowed_of(WorkflowStep.objects.filter(workflow=tracking.workflow_id), tracking)


def allowed_of(all_steps: Iterable[WorkflowStep], tracking: OrderTracking) -> list[WorkflowStep]:
    """The same, from steps that were read before, for many orders at once."""
    steps = [step for step in all_steps if step.workflow_id == tracking.workflow_id]
    here = next(step for step in steps if step.pk == tracking.current_step_id)
    if here.terminal:
        return []
    return [step for step in steps if step.position > here.position or step.repeatable]


def all_steps() -> list[WorkflowStep]:
    """All steps with their workflows, in order."""
    return list(WorkflowStep.objects.select_related("workflow").order_by("workflow__position", "position"))


def visited_steps(
    order_ids: Sequence[int], by_pk: Mapping[int, WorkflowStep]
) -> defaultdict[int, list[WorkflowStep]]:
    """The steps of each order's visible events, oldest first: one query."""
    visited: defaultdict[int, list[WorkflowStep]] = defaultdict(list)
    events = TrackingEvent.objects.filter(tracking__in=order_ids, voided_at=None).order_by("pk")
    for order_id, step_id in events.values_list("tracking_id", "step_id"):
        visited[order_id].append(by_pk[step_id])
    return visited


def visible_events(tracking: OrderTracking) -> list[TrackingEvent]:
    """The events that are not voided, oldest first, with their steps."""
    return list(tracking.events.filter(voided_at=None).select_related("step").order_by("pk"))


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


# --- What the API reads ---------------------------------------------------------------------


class Step(NamedTuple):
    """What no one can change of a status: its workflow and code, whether its visits are numbered,
    whether anything follows it."""

    workflow: str
    code: str
    numbered: bool
    is_final: bool


class Head(NamedTuple):
    """An order and where it stands; from `version` on null while tracking has not started."""

    order_id: int
    request_id: str
    repair_ref_no: str
    engagement_type: str
    created_at: datetime
    version: int | None = None
    changed_at: datetime | None = None
    waiting_on: str | None = None
    expected_hours: int | None = None
    step: Step | None = None


class Event(NamedTuple):
    """A visible event: its status and its time."""

    step: Step
    occurred_at: datetime


class Tracked(NamedTuple):
    """An order with its visible history, oldest first."""

    head: Head
    events: list[Event]


class _Steps(dict[int, Step]):
    """The steps by primary key, read once: rows come by migration only. To join them anew for each
    look-up costs more than all else it asks of the database, 0.4 ms of 0.75, mostly for planning."""

    def __missing__(self, pk: int) -> Step:
        steps = WorkflowStep.objects.values_list("pk", "workflow__code", "code", "numbered", "terminal")
        self.update((known, Step._make(columns)) for known, *columns in steps)
        if pk not in self:
            raise KeyError(pk)
        return self[pk]


_STEPS = _Steps()

# The columns of a Head, with the primary key of the step instead of the step.
_HEAD = (
    "pk",
    "request_id",
    "repair_ref_no",
    "engagement_type",
    "created_at",
    "tracking__version",
    "tracking__changed_at",
    "tracking__current_step__waiting_on",
    "tracking__current_step__expected_hours",
    "tracking__current_step_id",
)

Orders = models.QuerySet[RepairOrder, RepairOrder]


def _by_request_id(partner_id: Any, name: Any) -> Orders:
    return RepairOrder.objects.filter(partner_id=partner_id, request_id=name).order_by()


def _by_reference(partner_id: Any, name: Any) -> Orders:
    return RepairOrder.objects.filter(partner_id=partner_id, repair_ref_no=name).order_by()


def _with_events(orders: Orders) -> models.QuerySet[RepairOrder, Any]:
    seen = FilteredRelation("tracking__events", condition=Q(tracking__events__voided_at=None))
    return orders.annotate(seen=seen).values_list(*_HEAD, "seen__pk", "seen__step_id", "seen__occurred_at")


class _Find:
    """Rows of the partner's order of a name. A request ID wins over an equal reference.

    Two statements: one with an OR takes the database half as long again.
    """

    def __init__(self, read: Callable[[Orders], models.QuerySet[RepairOrder, Any]]) -> None:
        self._by_request_id = CompiledQuery(
            RepairOrder, lambda partner, name: read(_by_request_id(partner, name)), may_lag=True
        )
        self._by_reference = CompiledQuery(
            RepairOrder, lambda partner, name: read(_by_reference(partner, name)), may_lag=True
        )

    def rows(self, partner_id: int, name: str) -> list[Any]:
        rows = self._by_request_id.rows(partner_id, name) if may_be_request_id(name) else []
        return rows or self._by_reference.rows(partner_id, name)


_FIND_HEAD = _Find(lambda orders: orders.values_list(*_HEAD))
_FIND_TRACKED = _Find(_with_events)


def head_of(partner_id: int, name: str) -> Head | None:
    """The partner's order of that request ID or reference, without its history: one light query."""
    rows = _FIND_HEAD.rows(partner_id, name)
    return _head(rows[0]) if rows else None


def tracked(partner_id: int, name: str) -> Tracked | None:
    """The same with its history, in one query."""
    rows = _FIND_TRACKED.rows(partner_id, name)
    if not rows:
        return None
    head = _head(rows[0][: len(_HEAD)])
    if head.step is None:
        return Tracked(head, [])
    # Sorting a few rows here spares the database's planner an order over the whole join.
    seen = sorted(row[len(_HEAD) :] for row in rows)
    return Tracked(head, [Event(_STEPS[step], occurred_at) for _, step, occurred_at in seen])


def _head(row: Sequence[Any]) -> Head:
    *columns, step = row
    return Head._make((*columns, step and _STEPS[step]))


def current(order_id: int) -> Tracked:
    """The order of that primary key with its history, as this transaction sees it: two queries."""
    [head] = _heads(RepairOrder.objects.filter(pk=order_id).order_by())
    return Tracked(head, events_of([order_id])[order_id])


def heads_of(partner_id: int, references: Sequence[str]) -> dict[str, Head]:
    """Those of `references` (request IDs or references) that are the partner's: one query."""
    names = Q(request_id__in=references) | Q(repair_ref_no__in=references)
    heads = _heads(RepairOrder.objects.filter(names, partner_id=partner_id).order_by())
    return {head.repair_ref_no: head for head in heads} | {head.request_id: head for head in heads}


def heads_changed(partner_id: int, since: datetime, after: str, limit: int) -> list[Head]:
    """The partner's orders whose tracking changed from `since` on, in that order: one query.

    Of those that changed at `since` itself only the ones stored after the order of the request
    ID `after` (`""`: all of them).
    """
    last = RepairOrder.objects.filter(partner_id=partner_id, request_id=after).order_by().values("pk")
    orders = RepairOrder.objects.filter(
        Q(tracking__changed_at__gt=since) | Q(pk__gt=Coalesce(models.Subquery(last), 0)),
        tracking__partner=partner_id,
        tracking__changed_at__gte=since,
    )
    return _heads(orders.order_by("tracking__changed_at", "pk")[:limit])


def heads_created(partner_id: int, since: datetime) -> list[Head]:
    """The partner's orders created from `since` on: one query."""
    return _heads(RepairOrder.objects.filter(partner_id=partner_id, created_at__gte=since).order_by())


def events_of(order_ids: Sequence[int]) -> dict[int, list[Event]]:
    """The visible histories of these orders: one query."""
    histories: dict[int, list[Event]] = defaultdict(list)
    seen = TrackingEvent.objects.filter(tracking__in=order_ids, voided_at=None).order_by("pk")
    for order_id, step, occurred_at in seen.values_list("tracking_id", "step_id", "occurred_at"):
        histories[order_id].append(Event(_STEPS[step], occurred_at))
    return histories


def _heads(orders: Orders) -> list[Head]:
    return [_head(row) for row in orders.values_list(*_HEAD)]
