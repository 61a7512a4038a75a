"""Many orders at once, and lists as files."""

import csv
from io import BytesIO, StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.staff import at_desk
from tests.support.tracked_orders import make_order, make_tracked, visible
from tracking.models import OrderTracking

BATCH = "admin:repairs_repairorder_batch"
EXPORT = "admin:repairs_repairorder_export"
SHEET = "admin:repairs_repairorder_sheet"


@pytest.fixture
def clerk_desk(db: None) -> Client:
    return at_desk("Operations")


def record(desk: Client, status: str, *orders: int) -> str:
    form = {"orders": ",".join(map(str, orders)), "status": status}
    return desk.post(reverse(f"{BATCH}_record"), form).text


def test_pasted_references_name_orders_and_strangers(clerk_desk: Client, acme: NewPartner) -> None:
    by_reference, by_id = make_order(acme.partner, "A"), make_order(acme.partner, "B")

    page = clerk_desk.post(reverse(BATCH), {"references": f"A\n{by_id.request_id}; C"})

    assert {order.pk for order, _ in page.context["rows"]} == {by_reference.pk, by_id.pk}
    assert page.context["unknown"] == ["C"]


def test_only_statuses_that_all_allow_are_offered(clerk_desk: Client, acme: NewPartner) -> None:
    make_tracked(acme.partner, "approved", reference="A")
    make_tracked(acme.partner, "performing service", reference="B")

    page = clerk_desk.post(reverse(BATCH), {"references": "A B"})

    offered = [code for code, _ in page.context["form"].fields["status"].choices]
    assert "repair completed" in offered
    assert "part allocated" not in offered


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

    form = {"orders": f"{late.pk},{early.pk}", "status": "assigned", "at": "2026-01-01T00:00"}
    page = clerk_desk.post(reverse(f"{BATCH}_record"), form).text

    assert "1 recorded, 1 refused" in page
    assert visible(early) == ["created", "assigned"]
    assert visible(late) == ["created"]


def test_sandbox_orders_are_out_of_reach(clerk_desk: Client, sandbox: NewPartner) -> None:
    order = make_order(sandbox.partner)

    page = clerk_desk.post(reverse(BATCH), {"references": order.request_id})

    assert page.context["unknown"] == [order.request_id]


def sheet(*rows: list[str]) -> BytesIO:
    book, content = Workbook(), BytesIO()
    assert book.active is not None
    for row in (["Reference", "Status", "Date"], *rows):
        book.active.append(row)
    book.save(content)
    content.seek(0)
    content.name = "statuses.xlsx"
    return content


def test_a_preview_records_nothing(clerk_desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "A")

    page = clerk_desk.post(reverse(SHEET), {"sheet": sheet(["A", "created", ""])})

    assert "1 to record, 0 refused" in page.text
    assert not OrderTracking.objects.exists()


def test_a_previewed_sheet_is_applied_once(clerk_desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "A")
    clerk_desk.post(reverse(SHEET), {"sheet": sheet(["A", "created", ""])})

    first = clerk_desk.post(reverse(f"{SHEET}_apply"))
    again = clerk_desk.post(reverse(f"{SHEET}_apply"))

    assert "1 recorded, 0 refused" in first.text
    assert again.status_code == 302


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
