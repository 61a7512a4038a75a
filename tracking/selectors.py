"""What is read of tracking: for staff as model rows, for the API as plain tuples."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Case, FilteredRelation, Q, When
from django.db.models.functions import Coalesce

from repairs.models import RepairOrder
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


# --- What the API reads ---------------------------------------------------------------------


class Head(NamedTuple):
    """An order and where it stands; from `version` on null while tracking has not started."""

    order_id: int
    request_id: str
    repair_ref_no: str
    engagement_type: str
    created_at: datetime
    version: int | None
    changed_at: datetime | None
    workflow: str | None
    is_final: bool | None
    waiting_on: str | None
    expected_hours: int | None


class Event(NamedTuple):
    """A visible event: status code, whether its visits are numbered, its time."""

    code: str
    numbered: bool
    occurred_at: datetime


class Tracked(NamedTuple):
    """An order with its visible history, oldest first."""

    head: Head
    events: list[Event]


_HEAD = (
    "pk",
    "request_id",
    "repair_ref_no",
    "engagement_type",
    "created_at",
    "tracking__version",
    "tracking__changed_at",
    "tracking__workflow__code",
    "tracking__current_step__terminal",
    "tracking__current_step__waiting_on",
    "tracking__current_step__expected_hours",
)
_EVENT = ("step__code", "step__numbered", "occurred_at")

Orders = models.QuerySet[RepairOrder, RepairOrder]


def _named(partner_id: Any, reference: Any) -> Orders:
    """A request ID wins over an equal reference: it sorts first."""
    return RepairOrder.objects.filter(
        Q(request_id=reference) | Q(repair_ref_no=reference), partner_id=partner_id
    ).order_by(Case(When(request_id=reference, then=0), default=1))


def _with_events(orders: Orders) -> models.QuerySet[RepairOrder, Any]:
    seen = FilteredRelation("tracking__events", condition=Q(tracking__events__voided_at=None))
    paths = (f"seen__{path}" for path in ("pk", *_EVENT))
    return orders.annotate(seen=seen).values_list(*_HEAD, *paths)


_HEAD_OF = CompiledQuery(
    RepairOrder, lambda partner, name: _named(partner, name).values_list(*_HEAD)[:1], may_lag=True
)
_TRACKED = CompiledQuery(RepairOrder, lambda partner, name: _with_events(_named(partner, name)), may_lag=True)


def head_of(partner_id: int, reference: str) -> Head | None:
    """The partner's order of that request ID or reference, without its history: one light query."""
    row = _HEAD_OF.first(partner_id, reference)
    return Head(*row) if row else None


def tracked(partner_id: int, reference: str) -> Tracked | None:
    """The same with its history, in one query."""
    rows = _TRACKED.rows(partner_id, reference)
    if not rows:
        return None
    width = len(_HEAD)
    head = Head(*rows[0][:width])
    if head.version is None:
        return Tracked(head, [])
    # Sorting a few rows here spares the database's planner an order over the whole join.
    seen = sorted(row[width:] for row in rows if row[0] == head.order_id)
    return Tracked(head, [Event(*event) for _, *event in seen])


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
    last = RepairOrder.objects.filter(request_id=after).order_by().values("pk")
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
    for order_id, *event in seen.values_list("tracking_id", *_EVENT):
        histories[order_id].append(Event(*event))
    return histories


def _heads(orders: Orders) -> list[Head]:
    return [Head(*row) for row in orders.values_list(*_HEAD)]
