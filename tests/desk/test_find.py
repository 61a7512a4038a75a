"""The desk's one search: what callers say, and what lists name."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk import order_queries
from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.staff import at_desk
from tests.support.tracked_orders import make_order

FIND = reverse("admin:repairs_repairorder_find")

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(acme: NewPartner) -> RepairOrder:
    make(acme, "OTHER-77", request_id="REPAIR202601015555", customer_name="Someone Else")
    return make(acme, "Rep-2026 10001")


def make(partner: NewPartner, reference: str, **values: Any) -> RepairOrder:
    """An order unlike every other one in what the search looks at."""
    given = {
        "request_id": "REPAIR202611240815",
        "customer_name": "Amit Kumar O'Neil-Patel",
        "customer_mobile": "9876543210",
        "customer_email": "Amit.P@Example.com",
        "city": "New Delhi",
        "imei_no": "35-209900-176148-1",
    }
    if reference.startswith("OTHER"):
        given |= {
            "customer_mobile": "7000000000",
            "customer_email": "b@example.org",
            "city": "Pune",
            "imei_no": "X",
        }
    order = make_order(partner.partner, reference)
    RepairOrder.objects.filter(pk=order.pk).update(**{**given, **values})
    order.refresh_from_db()
    return order


@pytest.mark.parametrize(
    "text",
    [
        "REPAIR202611240815",
        "repair202611240815",
        "REPAIR20261124",
        "0815",
        "40815",
        "Rep-2026 10001",
        "rep 2026-10001",
        "REP202610001",
        "202610001",
        "10001",
        "rep-2026",
        "9876543210",
        "98765 43210",
        "987-654-3210",
        "+91 98765 43210",
        "+919876543210",
        "09876543210",
        "0091 9876543210",
        "3210",
        "543210",
        "98765",
        "352099001761481",
        "35 209900 176148 1",
        "1481",
        "amit",
        "AMIT KUMAR",
        "kumar amit",
        "pat ami",
        "o'neil",
        "neil",
        "amit delhi",
        "kum new",
        "amit.p@example.com",
        "AMIT.P@EX",
        "amit 3210",
    ],
)
def test_an_order_is_found_by(order: RepairOrder, text: str) -> None:
    assert order_queries.find(text).ids == [order.pk]


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "zzz", "amit pune", "321", "9999", "mit", "it's", "a' | 'b", "\\", "%", "_", "amit ':*"],
)
def test_nothing_is_found_by(order: RepairOrder, text: str) -> None:
    assert order_queries.find(text).ids == []


def test_a_list_names_what_was_not_found(order: RepairOrder) -> None:
    found = order_queries.find("rep2026-10001\n7000000000, NOBODY 12\t\n9876543211")

    assert len(found.ids) == 2
    assert found.unknown == ["NOBODY", "12", "9876543211"]


def test_a_mobile_inside_a_longer_number_is_not_meant(order: RepairOrder) -> None:
    assert order_queries.find("12309876543210").ids == []
    assert order_queries.find("1309876543210,X1").unknown == ["1309876543210", "X1"]


def test_references_beside_each_other_are_a_list(order: RepairOrder) -> None:
    assert len(order_queries.find("REPAIR202611240815 OTHER-77").ids) == 2


def test_five_hundred_entries_come_by_post(order: RepairOrder) -> None:
    listed = "\n".join([*(f"NOBODY-{number:05}" for number in range(600)), "+91 98765 43210", "OTHER-77"])

    page = at_desk("Operations").post(FIND, {"q": listed})

    assert {found.repair_ref_no for found, _ in page.context["rows"]} == {"Rep-2026 10001", "OTHER-77"}
    assert len(page.context["found"].unknown) == 600


def test_the_only_order_opens(order: RepairOrder) -> None:
    answer = at_desk("Auditors").get(FIND, {"q": "3210"})

    assert answer["Location"] == reverse("admin:repairs_repairorder_change", args=[order.pk])


def test_a_sandbox_partners_order_stays_out(acme: NewPartner, order: RepairOrder) -> None:
    acme.partner.is_sandbox = True
    acme.partner.save()

    assert order_queries.find("3210").ids == order_queries.find("REPAIR202611240815,\n").ids == []


def test_an_erased_customer_is_found_no_more(order: RepairOrder) -> None:
    RepairOrder.objects.filter(pk=order.pk).update(customer_name="erased", customer_mobile="erased")

    assert order_queries.find("amit").ids == order_queries.find("3210").ids == []


@pytest.mark.parametrize("text", ["x" * 5000, "@" + "." * 5000, "9" * 5000 + "\nREPAIR202611240815"])
def test_a_word_longer_than_any_column_finds_nothing(text: str, order: RepairOrder) -> None:
    assert order_queries.find(text).ids in ([], [order.pk])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such index")
def test_a_long_list_uses_the_index_on_a_table_without_statistics(order: RepairOrder) -> None:
    with CaptureQueriesContext(connection) as captured:
        order_queries.find("one-1\ntwo-2")

    (query,) = (entry["sql"] for entry in captured if "unnest" in entry["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}")
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "order_words" in plan, plan
