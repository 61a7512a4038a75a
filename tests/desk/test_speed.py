"""What the desk's pages ask of the database."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from desk.models import Assignment, OrderNote
from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.estimates.factory import make_estimate
from tests.support.plans import indexes_alone, plans_of, sorts
from tests.support.staff import at_desk, staff
from tests.support.tracked_orders import make_order

pytestmark = pytest.mark.django_db

ORDERS = RepairOrder._meta.db_table
SHOWN, NARROW = 100, 100  # rows of a page, bytes of a row that is sorted


@pytest.mark.parametrize(("group", "most"), [(None, 15), ("Operations", 17)])  # two for a group's rights
def test_an_orders_page_costs_few_queries(
    acme: NewPartner, django_assert_max_num_queries: Any, group: str | None, most: int
) -> None:
    desk, technician, order = at_desk(group), staff("Auditors"), make_estimate(acme.partner).order
    Assignment.objects.create(order=order, assignee=technician, assigned_by=technician)
    OrderNote.objects.create(order=order, text="Ring twice", written_by=technician)
    page = reverse("admin:repairs_repairorder_change", args=[order.pk])
    with django_assert_max_num_queries(most):
        desk.get(page)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite tells no widths")
@pytest.mark.parametrize("query", ["?late=1", "?status=new", "?partner={partner}", "find/?q=9876543210"])
def test_only_the_rows_that_are_shown_are_sorted_whole(acme: NewPartner, query: str) -> None:
    desk, long_ago = at_desk(None), timezone.now() - timedelta(days=90)
    for number in range(SHOWN + 20):
        make_order(acme.partner, f"REP-{number}", created_at=long_ago)
    page = reverse("admin:repairs_repairorder_changelist") + query.format(partner=acme.partner.pk)
    plans = plans_of(lambda: desk.get(page))
    assert [width for plan in plans for rows, width in sorts(plan) if rows > SHOWN and width > NARROW] == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's planner differs")
@pytest.mark.parametrize("name", ["index", "partners_partner_change"])
def test_orders_per_day_and_month_are_counted_in_an_index(acme: NewPartner, name: str) -> None:
    desk = at_desk(None)
    for number in range(SHOWN):
        make_order(acme.partner, f"REP-{number}")
    page = reverse(f"admin:{name}", args=[acme.partner.pk] if "partner" in name else [])
    with connection.cursor() as cursor:  # as if the table were big and vacuumed
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            f"ANALYZE {ORDERS}; UPDATE pg_class SET relallvisible = relpages WHERE relname = '{ORDERS}'"
        )
    plans = plans_of(lambda: desk.get(page))
    assert "order_created" in {index for plan in plans for index in indexes_alone(plan)}
