"""Hot statements use an index and read a handful of rows, however old the statistics are."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.orders import an_order
from tests.tracking.factory import make_order
from tests.tracking.test_look_up import look_up
from tracking.models import WorkflowStep

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite's planner keeps no statistics"
)

ORDERS = 10_000
EVENTS_PER_ORDER = 12
TABLES = ("repairs_repairorder", "tracking_ordertracking", "tracking_trackingevent")

Plan = dict[str, Any]


# Its columns but the names are those of the partner's first order.
FILL = """
SET LOCAL session_replication_role = replica;
CREATE TEMP TABLE one ON COMMIT DROP AS SELECT * FROM repairs_repairorder;
ALTER TABLE one DROP COLUMN id, DROP COLUMN request_id, DROP COLUMN repair_ref_no;
INSERT INTO repairs_repairorder (request_id, repair_ref_no, {columns})
    SELECT 'REPAIR2026112' || n, 'R' || n, {columns} FROM one, generate_series(30001, 30000 + {orders}) n;
INSERT INTO tracking_ordertracking
    (order_id, partner_id, workflow_id, current_step_id, current_since, is_closed, version, changed_at)
    SELECT o.id, o.partner_id, s.workflow_id, s.id, now(), false, 1, now()
    FROM repairs_repairorder o, tracking_workflowstep s WHERE s.id = {step};
INSERT INTO tracking_trackingevent
    (tracking_id, step_id, occurred_at, recorded_at, source, note, void_reason)
    SELECT t.order_id, t.current_step_id, now(), now(), 'admin', '', ''
    FROM generate_series(1, {events}), tracking_ordertracking t;
SET LOCAL session_replication_role = origin;
"""


@pytest.fixture(params=["never", "at the first order"])
def order(request: pytest.FixtureRequest, acme: NewPartner) -> RepairOrder:
    """One of 10,000 orders with 12 events each, all stored since statistics were last taken."""
    make_order(acme.partner)
    columns = [field.attname for field in RepairOrder._meta.concrete_fields]
    figures = {
        "columns": ", ".join(c for c in columns if c not in ("id", "request_id", "repair_ref_no")),
        "orders": ORDERS,
        "events": EVENTS_PER_ORDER,
        "step": WorkflowStep.objects.filter(workflow__code="technician")[5].pk,
    }
    with connection.cursor() as cursor:
        for table in TABLES:
            if request.param == "never":
                cursor.execute("DELETE FROM pg_statistic WHERE starelid = %s::regclass", [table])
                size = (0, -1)
            else:
                cursor.execute(f"ANALYZE {table}")
                size = (1, 1)
            # What a database knows whose pages no earlier test has filled.
            known = "UPDATE pg_class SET relpages = %s, reltuples = %s WHERE oid = %s::regclass"
            cursor.execute(known, [*size, table])
        cursor.execute(FILL.format(**figures))
    return RepairOrder.objects.get(repair_ref_no="R35000")


def plans_of(ask: Callable[[], Any]) -> Iterator[Plan]:
    """The plan of each SELECT that `ask` sends, as PostgreSQL ran it."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        sent.append((statement, params))
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    for statement, params in sent:
        if statement.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", params)
                [[[found]]] = cursor.fetchall()
            yield json.loads(found)["Plan"] if isinstance(found, str) else found["Plan"]


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def rows_read(plan: Plan) -> int:
    """Rows that the plan's scans looked at in these tables."""
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return sum(
        round((node["Actual Rows"] + sum(node.get(name, 0) for name in removed)) * node["Actual Loops"])
        for node in nodes(plan)
        if node.get("Relation Name") in TABLES
    )


def scans(plan: Plan) -> set[str]:
    """Those of the tables that the plan walks from end to end."""
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"} & set(TABLES)


@pytest.mark.parametrize("name", ["request_id", "repair_ref_no"])
@pytest.mark.parametrize("headers", [{}, {"If-None-Match": '"other"'}])
def test_a_poll_reads_one_order(
    key_api: APIClient, order: RepairOrder, name: str, headers: dict[str, str]
) -> None:
    plans = list(plans_of(lambda: look_up(key_api, getattr(order, name), **headers)))
    assert plans
    assert [scans(plan) for plan in plans] == [set()] * len(plans)
    assert max(map(rows_read, plans)) <= EVENTS_PER_ORDER + 2


def test_a_batch_reads_the_orders_asked_for(key_api: APIClient, order: RepairOrder) -> None:
    path = f"/api/warrantify/claim/tracking/batch/?ReferenceID={order.request_id},R30002"
    plans = list(plans_of(lambda: key_api.get(path)))
    assert [scans(plan) for plan in plans] == [set()] * len(plans)
    assert max(map(rows_read, plans)) <= 4 * EVENTS_PER_ORDER


def test_a_duplicate_is_found_by_one_look_up(acme_api: APIClient, order: RepairOrder) -> None:
    body = an_order(repair_ref_no=order.repair_ref_no)
    path = "/api/warrantify/repair/single-order/"
    plans = list(plans_of(lambda: acme_api.post(path, body, format="json")))
    assert [scans(plan) for plan in plans] == [set()] * len(plans)
    assert max(map(rows_read, plans)) <= 1
