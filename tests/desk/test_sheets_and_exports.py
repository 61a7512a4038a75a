"""Status sheets as files and pages, Excel exports, and the job sheet."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from desk.models import Assignment
from partners.services import NewPartner
from tests.support.staff import at_desk, staff, status_sheet
from tests.support.tracked_orders import ADMIN, make_order, make_tracked
from tracking import services
from tracking.models import OrderTracking

SHEET = reverse("admin:repairs_repairorder_sheet")

pytestmark = pytest.mark.django_db


def url(name: str, *args: int) -> str:
    return reverse(f"admin:repairs_repairorder_{name}", args=args)


def test_the_template_is_a_sheet_that_the_upload_takes(acme: NewPartner) -> None:
    order, desk = make_order(acme.partner), at_desk("Operations")
    book = load_workbook(BytesIO(desk.get(url("sheet_template")).content))
    book.worksheets[0].append([order.request_id, "assigned", datetime.now()])  # noqa: DTZ005 (cells have no zone)
    content = BytesIO()
    book.save(content)

    page = desk.post(SHEET, {"sheet": SimpleUploadedFile("s.xlsx", content.getvalue())}, follow=True)

    assert "1 to record, 0 refused" in page.text
    assert {"created", "delivered"} <= {row[0].value for row in book["Statuses"].iter_rows()}


def preview(desk: Client, acme: NewPartner) -> Any:
    make_order(acme.partner, "A")
    rows = (
        ["A", "assigned", "01-01-2030 10:00:00"],
        ["A", "created", ""],
        ["NOBODY", "assigned", "02-01-2026"],
    )
    return desk.post(SHEET, {"sheet": status_sheet(*rows)}, follow=True)


def test_refused_rows_come_first_with_their_dates(acme: NewPartner) -> None:
    rows = preview(at_desk("Operations"), acme).context["rows"]

    assert [(row["number"], row["date"]) for row in rows] == [
        (2, "01-01-2030 10:00:00"),
        (4, "02-01-2026"),
        (3, ""),
    ]


def test_refused_rows_can_be_shown_alone(acme: NewPartner) -> None:
    desk = at_desk("Operations")
    path = preview(desk, acme).request["PATH_INFO"]

    assert [row["number"] for row in desk.get(path, {"only": "refused"}).context["rows"]] == [2, 4]
    assert [row["number"] for row in desk.get(path, {"only": "good"}).context["rows"]] == [3]


def test_an_excel_export_has_dates_notes_lateness_and_assignees(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)
    services.record(tracking.order, "assigned", source=ADMIN, note="ring twice")
    OrderTracking.objects.filter(pk=tracking.pk).update(current_since=timezone.now() - timedelta(days=30))
    technician = staff("Technicians")
    Assignment.objects.create(order=tracking.order, assignee=technician, assigned_by=technician)

    answer = at_desk("Operations").get(url("export"), {"format": "xlsx"})
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    header, row = book.worksheets[0].iter_rows()
    cells: dict[Any, Any] = {title.value: cell.value for title, cell in zip(header, row, strict=True)}

    received = timezone.localtime(tracking.order.created_at).replace(tzinfo=None, microsecond=0)
    assert (cells["Received"], cells["Late"], cells["Last note"]) == (received, "late", "ring twice")
    assert cells["Over by (hours)"] > 24 and cells["Assigned to"] == "technicians"
    assert book.worksheets[0].column_dimensions["A"].width == 26


def test_an_export_costs_few_queries(acme: NewPartner, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        make_tracked(acme.partner, "assigned", reference=f"R{number}")
    desk = at_desk("Operations")

    with django_assert_max_num_queries(20):
        b"".join(desk.get(url("export"), {"format": "xlsx"}).streaming_content)  # type: ignore[attr-defined]


def test_the_job_sheet_names_what_the_technician_needs(acme: NewPartner) -> None:
    order = make_tracked(acme.partner, "assigned").order

    page = at_desk("Auditors").get(url("job_sheet", order.pk))

    for text in (order.request_id, order.customer_mobile, order.address_line1, order.imei_no, order.issue):
        assert text in page.text


def test_workflows_are_filtered_by_their_documented_names(db: None) -> None:
    page = at_desk("Operations").get(reverse("admin:repairs_repairorder_changelist"))

    assert '<option value="technician">Technician Flow</option>' in page.text
