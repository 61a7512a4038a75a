"""Many orders at once, and lists as files."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.staff import at_desk, status_sheet, version_of
from tests.support.tracked_orders import make_order, make_tracked, visible
from tracking.models import OrderTracking

BATCH = "admin:repairs_repairorder_batch"
EXPORT = "admin:repairs_repairorder_export"
SHEET = "admin:repairs_repairorder_sheet"


@pytest.fixture
def clerk_desk(db: None) -> Client:
    return at_desk("Operations")


def record(desk: Client, status: str, *orders: int) -> str:
    return report(desk, {"orders": picked(*orders), "status": status})


def picked(*orders: int) -> str:
    """The orders as the page names them, at their present versions."""
    return ",".join(f"{pk}:{version_of(pk)}" for pk in orders)


def report(desk: Client, form: dict[str, str]) -> str:
    return desk.post(reverse(f"{BATCH}_record"), form, follow=True).text


def test_pasted_references_name_orders_and_strangers(clerk_desk: Client, acme: NewPartner) -> None:
    by_reference, by_id = make_order(acme.partner, "A"), make_order(acme.partner, "B")

    page = clerk_desk.post(reverse(BATCH), {"references": f"A\n{by_id.request_id}; C"})

    assert {order.pk for order, _ in page.context["rows"]} == {by_reference.pk, by_id.pk}
    assert page.context["unknown"] == ["C"]


def test_a_status_says_how_many_allow_it(clerk_desk: Client, acme: NewPartner) -> None:
    make_tracked(acme.partner, "approved", reference="A")
    make_tracked(acme.partner, "performing service", reference="B")

    page = clerk_desk.post(reverse(BATCH), {"references": "A B"})

    offered = dict(page.context["form"].fields["status"].widget.choices)
    assert offered["repair completed"] == "repair completed"
    assert offered["part allocated"] == "part allocated (1 of 2)"


def test_each_order_is_recorded_and_logged(clerk_desk: Client, acme: NewPartner) -> None:
    first, second = (make_tracked(acme.partner, reference=name) for name in "AB")

    page = record(clerk_desk, "assigned", first.pk, second.pk)

    assert "2 recorded, 0 refused" in page
    assert visible(first) == visible(second) == ["created", "assigned"]
    assert LogEntry.objects.filter(change_message__contains="assigned").count() == 2


def test_a_new_order_starts_in_its_proposed_workflow(clerk_desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner, engagement="Pickup")

    record(clerk_desk, "assigned", order.pk)

    assert OrderTracking.objects.get().workflow.code == "service_center"


def test_a_refused_row_leaves_the_others_recorded(clerk_desk: Client, acme: NewPartner) -> None:
    late, early = make_tracked(acme.partner, reference="A"), make_tracked(acme.partner, reference="B")
    OrderTracking.objects.filter(pk=early.pk).update(current_since="2020-01-01T00:00Z")

    form = {"orders": picked(late.pk, early.pk), "status": "assigned", "at": "2026-01-01T00:00"}
    page = report(clerk_desk, form)

    assert "1 recorded, 1 refused" in page
    assert visible(early) == ["created", "assigned"]
    assert visible(late) == ["created"]


def test_sandbox_orders_are_out_of_reach(clerk_desk: Client, sandbox: NewPartner) -> None:
    order = make_order(sandbox.partner)

    page = clerk_desk.post(reverse(BATCH), {"references": order.request_id})

    assert page.context["unknown"] == [order.request_id]


def test_a_preview_records_nothing(clerk_desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "A")

    page = preview(clerk_desk, ["A", "created", ""])

    assert "1 to record, 0 refused" in page.text
    assert not OrderTracking.objects.exists()


def preview(desk: Client, *rows: list[str]) -> Any:
    return desk.post(reverse(SHEET), {"sheet": status_sheet(*rows)}, follow=True)


def test_a_previewed_sheet_is_applied_once(clerk_desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "A")
    shown = preview(clerk_desk, ["A", "created", ""])

    first = clerk_desk.post(shown.context["action"], follow=True)
    again = clerk_desk.post(shown.context["action"], follow=True)

    assert "1 recorded, 0 refused" in first.text
    assert "Upload the sheet again." in again.text


def test_what_is_no_workbook_is_told(clerk_desk: Client) -> None:
    junk = BytesIO(b"no workbook")
    junk.name = "statuses.xlsx"

    page = clerk_desk.post(reverse(SHEET), {"sheet": junk})

    assert "Only valid .xlsx files are supported." in page.text


def exported(desk: Client, **query: str) -> list[list[str]]:
    answer = desk.get(reverse(EXPORT), {"format": "csv", **query})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(StringIO(text)))


def test_an_export_holds_the_filtered_list(clerk_desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "NEW")
    make_tracked(acme.partner, "assigned", reference="OPEN")

    _, *rows = exported(clerk_desk, status="assigned")

    assert [(row[1], row[18]) for row in rows] == [("OPEN", "assigned")]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_formula_text_is_escaped(clerk_desk: Client, acme: NewPartner, text: str) -> None:
    order = make_order(acme.partner)
    RepairOrder.objects.filter(pk=order.pk).update(customer_name=text)

    _, row = exported(clerk_desk)

    assert row[6] == f"'{text}"


def test_an_excel_export_opens(clerk_desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner)

    answer = clerk_desk.get(reverse(EXPORT), {"format": "xlsx"})

    content = BytesIO(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    active = load_workbook(content).active
    assert active is not None
    assert active["A2"].value == order.request_id
