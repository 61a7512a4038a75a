"""All reads of tracking: for staff as model rows, for the API as plain tuples."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from partners.authentication import Caller
from repairs.fields import may_be_reference
from repairs.models import RepairOrder
from repairs.request_ids import may_be_request_id
from tracking import sandbox
from tracking.models import (
    PROPOSED,
    OrderTracking,
    SandboxDecision,
    TrackingEvent,
    Workflow,
    WorkflowStep,
)
from tracking.representations import UNKNOWN
from tracking.snapshots import Decision, Event, Head, Step, Tracked, statuses
from warrantify import sql
from warrantify.http.errors import NotFoundError


class TimelineEntry(NamedTuple):
    """A visible event and its status as the API shows it, visits numbered."""

    event: TrackingEvent
    status: str


def proposed_workflow(order: RepairOrder) -> Workflow:
    """The workflow that the order's Engagement_Type suggests."""
    return Workflow.objects.get(code=PROPOSED[order.engagement_type])


def all_steps() -> list[WorkflowStep]:
    """All steps with their workflows, in order."""
    return list(WorkflowStep.objects.select_related("workflow").order_by("workflow__position", "position"))


@cache
def fixed_steps() -> list[WorkflowStep]:
    """All steps, in order, read once per process, for what only a migration changes: everything but
    `expected_hours`. To join them anew for each look-up costs more than all else it asks of the
    database, 0.4 ms of 0.75, mostly for planning."""
    return all_steps()


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


# --- What the API reads ---------------------------------------------------------------------
# Plain SQL, and the replica where there is one: a poll is the most frequent request by far. No plan
# may depend on statistics, which are old whenever a table grows fast. So an order is looked up by
# its request ID alone, its partner compared afterwards: asked for both, PostgreSQL may walk through
# all the partner's orders.

_HEAD = """t.current_step_id, o.id, o.partner_id, o.request_id, o.repair_ref_no, o.engagement_type,
    o.created_at, t.version, t.changed_at, COALESCE(NULLIF(t.waiting_on_override, ''), s.waiting_on),
    s.expected_hours, t.estimate_no, t.estimate_state, t.estimate_total_paise, t.estimate_valid_until"""

_ORDERS = """FROM repairs_repairorder o
    LEFT JOIN tracking_ordertracking t ON t.order_id = o.id
    LEFT JOIN tracking_workflowstep s ON s.id = t.current_step_id"""

_FIND_HEAD = f"SELECT {_HEAD} {_ORDERS}"

_FIND_TRACKED = f"""SELECT {_HEAD}, e.id, e.step_id, e.occurred_at {_ORDERS}
    LEFT JOIN tracking_trackingevent e ON e.tracking_id = t.order_id AND e.voided_at IS NULL"""

_WIDTH = Head._fields.index("estimate_valid_until") + 1
_PARTNER_ID = Head._fields.index("partner_id")
_ORDER_ID = Head._fields.index("order_id")

_BY_ID = "WHERE o.id = %s"
_BY_REQUEST_ID = "WHERE o.request_id = %s"
_BY_REFERENCE = "WHERE o.partner_id = %s AND o.repair_ref_no = %s"


class _Steps(dict[int, Step]):
    """The fixed steps as snapshots, by primary key; read again where a migration has added some."""

    def __missing__(self, pk: int) -> Step:
        fixed_steps.cache_clear()
        for step in fixed_steps():
            self[step.pk] = Step(step.workflow.code, step.code, step.numbered, step.terminal)
        if pk not in self:
            raise KeyError(pk)
        return self[pk]


_STEPS = _Steps()


def head(caller: Caller, name: str, now: datetime) -> Head:
    """Where the caller's order of that request ID or reference stands, without its history.

    A request ID wins over an equal reference. Raises NotFoundError.
    """
    found = _head(_find(caller, name, _FIND_HEAD)[0], now)
    return _with_histories(caller, [found], now)[0].head if caller.is_sandbox else found


def tracked(caller: Caller, name: str, now: datetime) -> Tracked:
    """The same with its history, in one statement. Raises NotFoundError."""
    found = _tracked(_find(caller, name, _FIND_TRACKED), now)
    return _with_histories(caller, [found.head], now)[0] if caller.is_sandbox else found


def with_history(caller: Caller, head: Head, now: datetime) -> Tracked:
    """The order of `head` with its history; `head` is read again in the same statement, so that the
    two agree."""
    if caller.is_sandbox:
        return _with_histories(caller, [head], now)[0]
    return _tracked(sql.read(f"{_FIND_TRACKED} {_BY_ID}", [head.order_id], may_lag=True), now)


def named(caller: Caller, names: Sequence[str], now: datetime) -> dict[str, Tracked]:
    """Those of `names` (request IDs or references) that are the caller's: two statements."""
    possible = sorted({name for name in names if may_be_reference(name)})
    found = _with_histories(caller, _heads_named(caller.partner_id, possible, now), now)
    return {each.head.repair_ref_no: each for each in found} | {each.head.request_id: each for each in found}


def changed(caller: Caller, since: datetime, after: str, limit: int, now: datetime) -> list[Tracked]:
    """The caller's orders whose tracking changed from `since` on, in that order: two statements.

    Of those that changed at `since` itself only the ones stored after the order of the request
    ID `after` (`""`: all of them).
    """
    if caller.is_sandbox:
        by_workflow = plans()
        heads = sandbox_heads(caller.partner_id, since - sandbox.longest(by_workflow), now)
        played = [sandbox.play(head, by_workflow, now) for head in heads]
        return sandbox.changed(played, since, after, limit)
    return _with_histories(caller, _heads_changed(caller.partner_id, since, after, limit, now), now)


def current(order_ids: Sequence[int], now: datetime) -> dict[int, Tracked]:
    """These orders by primary key, as the present transaction sees them: one statement."""
    rows: defaultdict[int, list[sql.Row]] = defaultdict(list)
    where = f"WHERE o.id IN ({sql.placeholders(len(order_ids))})"
    for row in sql.read(f"{_FIND_TRACKED} {where}", order_ids):
        rows[row[_ORDER_ID]].append(row)
    return {order_id: _tracked(found, now) for order_id, found in rows.items()}


def _find(caller: Caller, name: str, statement: str) -> list[sql.Row]:
    """The rows of the caller's order of that name. One statement with an OR would take the database
    half as long again."""
    if not may_be_reference(name):
        raise NotFoundError(UNKNOWN)
    if may_be_request_id(name):
        rows = sql.read(f"{statement} {_BY_REQUEST_ID}", [name], may_lag=True)
        if rows and rows[0][_PARTNER_ID] == caller.partner_id:
            return rows
    rows = sql.read(f"{statement} {_BY_REFERENCE}", [caller.partner_id, name], may_lag=True)
    if not rows:
        raise NotFoundError(UNKNOWN)
    return rows


def _heads_named(partner_id: int, names: Sequence[str], now: datetime) -> list[Head]:
    if not names:
        return []
    several = sql.placeholders(len(names))
    where = f"WHERE o.request_id IN ({several}) OR o.partner_id = %s AND o.repair_ref_no IN ({several})"
    rows = sql.read(f"{_FIND_HEAD} {where}", [*names, partner_id, *names])
    return [_head(row, now) for row in rows if row[_PARTNER_ID] == partner_id]


def _heads_changed(partner_id: int, since: datetime, after: str, limit: int, now: datetime) -> list[Head]:
    where = """WHERE t.partner_id = %s AND (t.changed_at, t.order_id) >
            (%s, COALESCE((SELECT id FROM repairs_repairorder WHERE request_id = %s), 0))
        ORDER BY t.changed_at, t.order_id LIMIT %s"""
    rows = sql.read(f"{_FIND_HEAD} {where}", [partner_id, since, after, limit])
    return [_head(row, now) for row in rows]


def sandbox_heads(partner_id: int, since: datetime, now: datetime) -> list[Head]:
    """The orders of a sandbox partner created or decided from `since` on, to be played by `sandbox`."""
    decided = "SELECT order_id FROM tracking_sandboxdecision WHERE decided_at >= %s"
    where = f"WHERE o.partner_id = %s AND (o.created_at >= %s OR o.id IN ({decided}))"
    rows = sql.read(f"{_FIND_HEAD} {where}", [partner_id, since, since])
    return _with_decisions([_head(row, now) for row in rows])


def _with_decisions(heads: Sequence[Head]) -> list[Head]:
    """The heads of a sandbox partner's orders, with what it decided."""
    rows = SandboxDecision.objects.filter(order__in=[head.order_id for head in heads])
    decisions = {row.pk: Decision(row.approves, row.decided_at) for row in rows}
    return [head._replace(decision=decisions.get(head.order_id)) for head in heads]


def _with_histories(caller: Caller, heads: Sequence[Head], now: datetime) -> list[Tracked]:
    """The orders of these heads, all of them the caller's."""
    if caller.is_sandbox:
        by_workflow = plans()
        return [sandbox.play(head, by_workflow, now) for head in _with_decisions(heads)]
    events = _events([head.order_id for head in heads])
    return [Tracked(head, events[head.order_id]) for head in heads]


def _head(row: sql.Row, now: datetime) -> Head:
    step, *columns = row[:_WIDTH]
    return Head(step and _STEPS[step], *columns).as_of(now)


def _tracked(rows: Sequence[sql.Row], now: datetime) -> Tracked:
    head = _head(rows[0], now)
    if head.step is None:
        return Tracked(head, [])
    # Sorting a few rows here spares the database's planner an order over the whole join.
    events = sorted(row[_WIDTH:] for row in rows)
    return Tracked(head, [Event(_STEPS[step], occurred_at) for _, step, occurred_at in events])


def _events(order_ids: Sequence[int]) -> dict[int, list[Event]]:
    """The visible histories of these orders."""
    histories: dict[int, list[Event]] = defaultdict(list)
    seen = TrackingEvent.objects.filter(tracking__in=order_ids, voided_at=None).order_by()
    rows = seen.values_list("pk", "tracking_id", "step_id", "occurred_at")
    for _, order_id, step, occurred_at in sorted(rows):
        histories[order_id].append(Event(_STEPS[step], occurred_at))
    return histories


def plans() -> sandbox.Plans:
    """The steps of each workflow by its code."""
    by_workflow: sandbox.Plans = {}
    for step in WorkflowStep.objects.select_related("workflow"):
        by_workflow.setdefault(step.workflow.code, []).append(step)
    return by_workflow
