"""Hot statements use an index and read a handful of rows, however old the statistics are."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.db.models import Model
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from partners.services import NewPartner, create_partner
from repairs.models import RepairOrder
from tests.conftest import PASSWORD
from tests.support.orders import an_order
from tests.support.plans import TABLES, plans_of, rows_read, scans
from tests.support.tracked_orders import make_tracked
from tests.tracking.test_look_up import look_up
from tracking.models import OrderTracking, TrackingEvent

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite's planner keeps no statistics"
)

EVENTS_PER_ORDER = 12


# Copies of a first row under other names; the columns are those of the models.
FILL = """
SET LOCAL session_replication_role = replica;
INSERT INTO repairs_repairorder (request_id, repair_ref_no, {orders})
    SELECT 'REPAIR2026112' || n, 'R' || n, {orders}
    FROM repairs_repairorder, generate_series(30001, 40000) n;
INSERT INTO tracking_ordertracking (order_id, {trackings})
    SELECT o.id, {trackings}
    FROM tracking_ordertracking, (SELECT id FROM repairs_repairorder WHERE repair_ref_no LIKE 'R3%') o;
INSERT INTO tracking_trackingevent (tracking_id, {events})
    SELECT t.order_id, {events}
    FROM tracking_trackingevent, generate_series(1, 12), tracking_ordertracking t;
SET LOCAL session_replication_role = origin;
"""


def columns(model: type[Model], *but: str) -> str:
    return ", ".join(f.attname for f in model._meta.concrete_fields if f.attname not in ("id", *but))


@pytest.fixture(scope="module", params=["never", "at the first order"])
def partner(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[NewPartner]:
    """Has 10,000 orders with 12 events each, all stored since statistics were last taken."""
    with django_db_blocker.unblock(), transaction.atomic():
        partner = create_partner("Acme", "acme@example.com", "acme", PASSWORD)
        make_tracked(partner.partner, reference="first")
        forget_sizes(analyze=request.param != "never")
        names = {
            "orders": columns(RepairOrder, "request_id", "repair_ref_no"),
            "trackings": columns(OrderTracking, "order_id", "current_event_id"),
            "events": columns(TrackingEvent, "tracking_id"),
        }
        with connection.cursor() as cursor:
            cursor.execute(FILL.format(**names))
        yield partner
        transaction.set_rollback(True)


def forget_sizes(*, analyze: bool) -> None:
    """Leaves what a database knows whose pages no earlier test has filled."""
    with connection.cursor() as cursor:
        for table in TABLES:
            if analyze:
                cursor.execute(f"ANALYZE {table}")
            else:
                cursor.execute("DELETE FROM pg_statistic WHERE starelid = %s::regclass", [table])
            known = "UPDATE pg_class SET relpages = %s, reltuples = %s WHERE oid = %s::regclass"
            cursor.execute(known, [*((1, 1) if analyze else (0, -1)), table])


@pytest.fixture
def acme(partner: NewPartner, db: None) -> NewPartner:
    return partner


@pytest.fixture
def order(acme: NewPartner) -> RepairOrder:
    return RepairOrder.objects.get(repair_ref_no="R35000")


@pytest.mark.parametrize("name", ["request_id", "repair_ref_no"])
@pytest.mark.parametrize("headers", [{}, {"If-None-Match": '"other"'}])
def test_a_poll_reads_one_order(
    key_api: APIClient, order: RepairOrder, name: str, headers: dict[str, str]
) -> None:
    plans = plans_of(lambda: look_up(key_api, getattr(order, name), **headers))
    assert plans
    assert [scans(plan) for plan in plans] == [set()] * len(plans)
    assert max(map(rows_read, plans)) <= EVENTS_PER_ORDER + 2


def test_a_batch_reads_the_orders_asked_for(key_api: APIClient, order: RepairOrder) -> None:
    path = f"/api/warrantify/claim/tracking/batch/?ReferenceID={order.request_id},R30002"
    plans = plans_of(lambda: key_api.get(path))
    assert [scans(plan) for plan in plans] == [set()] * len(plans)
    assert max(map(rows_read, plans)) <= 4 * EVENTS_PER_ORDER


def test_a_duplicate_is_found_by_one_look_up(acme_api: APIClient, order: RepairOrder) -> None:
    body = an_order(repair_ref_no=order.repair_ref_no)
    path = "/api/warrantify/repair/single-order/"
    plans = plans_of(lambda: acme_api.post(path, body, format="json"))
    assert [scans(plan) for plan in plans] == [set()] * len(plans)
    assert max(map(rows_read, plans)) <= 1
