"""What is read of tracking: for staff as model rows, for the API as plain tuples."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections, router

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


# --- What the API reads ---------------------------------------------------------------------
# SQL by hand, here only: partners poll this all day, and building the same query by the ORM
# takes longer than the database does to answer it.


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


_HEAD = """SELECT o.id, o.request_id, o.repair_ref_no, o.engagement_type, o.created_at,
    t.version, t.changed_at, w.code, c.terminal, c.waiting_on, c.expected_hours"""
_ORDERS = """ FROM repairs_repairorder o
    LEFT JOIN tracking_ordertracking t ON t.order_id = o.id
    LEFT JOIN tracking_workflow w ON w.id = t.workflow_id
    LEFT JOIN tracking_workflowstep c ON c.id = t.current_step_id """
# A request ID wins over an equal reference: it sorts first.
_NAMED = """ WHERE o.partner_id = %s AND (o.request_id = %s OR o.repair_ref_no = %s)
    ORDER BY o.request_id = %s DESC"""
_TRACKED = f"""{_HEAD}, s.code, s.numbered, e.occurred_at {_ORDERS}
    LEFT JOIN tracking_trackingevent e ON e.tracking_id = t.order_id AND e.voided_at IS NULL
    LEFT JOIN tracking_workflowstep s ON s.id = e.step_id
    {_NAMED}, e.id"""
_HISTORIES = """SELECT e.tracking_id, s.code, s.numbered, e.occurred_at
    FROM tracking_trackingevent e JOIN tracking_workflowstep s ON s.id = e.step_id
    WHERE e.voided_at IS NULL AND e.tracking_id IN (%s) ORDER BY e.id"""
_CHANGED = """WHERE t.partner_id = %s AND t.changed_at >= %s AND (t.changed_at > %s
    OR t.order_id > COALESCE((SELECT id FROM repairs_repairorder WHERE request_id = %s), 0))
    ORDER BY t.changed_at, t.order_id LIMIT %s"""


def head_of(partner_id: int, reference: str) -> Head | None:
    """The partner's order of that request ID or reference, without its history: one light query."""
    rows = _polled(f"{_HEAD}{_ORDERS}{_NAMED} LIMIT 1", [partner_id, reference, reference, reference])
    return Head(*rows[0]) if rows else None


def tracked(partner_id: int, reference: str) -> Tracked | None:
    """The same with its history, in one query."""
    rows = _polled(_TRACKED, [partner_id, reference, reference, reference])
    if not rows:
        return None
    width = len(Head._fields)
    head = Head(*rows[0][:width])
    if head.version is None:
        return Tracked(head, [])
    return Tracked(head, [Event(*row[width:]) for row in rows if row[0] == head.order_id])


def heads_of(partner_id: int, references: Sequence[str]) -> dict[str, Head]:
    """Those of `references` (request IDs or references) that are the partner's: one query."""
    if not references:
        return {}
    marks = _marks(references)
    heads = _heads(
        f"WHERE o.partner_id = %s AND (o.request_id IN ({marks}) OR o.repair_ref_no IN ({marks}))",
        partner_id,
        *references,
        *references,
    )
    return {head.repair_ref_no: head for head in heads} | {head.request_id: head for head in heads}


def heads_changed(partner_id: int, since: datetime, after: str, limit: int) -> list[Head]:
    """The partner's orders whose tracking changed from `since` on, in that order: one query.

    Of those that changed at `since` itself only the ones stored after the order of the request
    ID `after` (`""`: all of them).
    """
    moment = connection.ops.adapt_datetimefield_value(since)
    return _heads(_CHANGED, partner_id, moment, moment, after, limit)


def heads_created(partner_id: int, since: datetime) -> list[Head]:
    """The partner's orders created from `since` on: one query."""
    moment = connection.ops.adapt_datetimefield_value(since)
    return _heads("WHERE o.partner_id = %s AND o.created_at >= %s", partner_id, moment)


def events_of(order_ids: Sequence[int]) -> dict[int, list[Event]]:
    """The visible histories of these orders: one query."""
    histories: dict[int, list[Event]] = defaultdict(list)
    if order_ids:
        for order_id, *event in _rows(_HISTORIES.replace("%s", _marks(order_ids)), order_ids):
            histories[order_id].append(Event(*event))
    return histories


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _heads(where: str, *params: object) -> list[Head]:
    return [Head(*row) for row in _rows(_HEAD + _ORDERS + where, params)]


def _polled(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """From a replica where there is one; what it does not know, the primary may know already."""
    alias = router.db_for_read(OrderTracking, may_lag=True)
    rows = _rows(sql, params, alias)
    return rows if rows or alias == DEFAULT_DB_ALIAS else _rows(sql, params)


def _rows(sql: str, params: Sequence[Any], alias: str = DEFAULT_DB_ALIAS) -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    if connections[alias].vendor == "sqlite":  # its times come without their zone, UTC
        return [tuple(v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for v in row) for row in rows]
    return rows
