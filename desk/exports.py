"""The filtered list as a file, streamed: CSV without end, Excel up to 10,000 orders."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from desk import estimate_card, order_queries
from desk.base import require
from desk.history import log_export
from desk.order_page import VIEW
from desk.standing import standing_of, tracking_of
from repairs.models import RepairOrder
from tracking.times import wire_date

MAX_EXCEL_ROWS = 10_000
PAGE_ROWS = 2_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER = (
    "Request ID",
    "Reference",
    "Partner",
    "Received",
    "Source",
    "Engagement",
    "Customer",
    "Mobile",
    "E-mail",
    "City",
    "State",
    "PIN code",
    "Device",
    "Make",
    "Model",
    "IMEI / serial",
    "Issue",
    "Workflow",
    "Status",
    "Since",
    "Late",
    "Over by (hours)",
    "Last note",
    "Assigned to",
    "Estimate",
    "Estimate total (INR)",
    "Estimate valid until",
)


# What a row reads besides the order.
JOINED = (
    "partner",
    "tracking__current_step",
    "tracking__workflow",
    "tracking__current_event",
    "assignment__assignee",
)
WIDE, NARROW = 26, 14
WIDE_COLUMNS = ("Request ID", "Reference", "Partner", "Customer", "E-mail", "Issue", "Status", "Last note")
DATE_FORMAT = "dd-mm-yyyy hh:mm"

Cell = str | float | datetime


def download(model_admin: "ModelAdmin[Any]", request: HttpRequest) -> HttpResponseBase:
    """`format=csv` or `format=xlsx`, for the rows that the list with these parameters has."""
    require(request, VIEW)
    parameters: QueryDict = request.GET.copy()
    as_excel = parameters.pop("format", ["csv"])[-1] == "xlsx"
    request.GET = parameters  # type: ignore[assignment]
    orders = model_admin.get_changelist_instance(request).queryset
    if as_excel and orders[: MAX_EXCEL_ROWS + 1].count() > MAX_EXCEL_ROWS:
        messages.error(request, f"Excel holds up to {MAX_EXCEL_ROWS:,} orders here: filter, or take CSV.")
        return redirect(f"../?{parameters.urlencode()}")
    log_export(request, "Excel" if as_excel else "CSV", parameters)
    name = f"orders-{timezone.localtime():%Y-%m-%d-%H%M}"
    figures = order_queries.figures(request)
    new_hours = order_queries.new_hours(figures.steps)
    joined = orders.select_related(*JOINED)
    rows = (row_of(order, figures.now, new_hours) for order in _newest_first(joined))
    return _excel(rows, name) if as_excel else _csv(rows, name)


def _newest_first(orders: "QuerySet[RepairOrder]") -> Iterator[RepairOrder]:
    """All of them, read in pages by key: a cursor on the server would not survive a connection pooler."""
    orders = orders.order_by("-pk")
    page = orders[:PAGE_ROWS]
    while found := list(page):
        yield from found
        page = orders.filter(pk__lt=found[-1].pk)[:PAGE_ROWS]


def row_of(order: RepairOrder, now: datetime, new_hours: Mapping[str, int]) -> tuple[Cell, ...]:
    """An order's cells under `HEADER`."""
    tracking = tracking_of(order)
    standing = standing_of(order, now, new_hours)
    assignment = getattr(order, "assignment", None)
    total, state, valid_until = estimate_card.summary(tracking) or ("", "", "")
    return (
        order.request_id,
        order.repair_ref_no,
        order.partner.name,
        order.created_at,
        order.get_source_display(),
        order.engagement_type,
        order.customer_name,
        order.customer_mobile,
        order.customer_email,
        order.city,
        order.state,
        order.pincode,
        order.asset_type,
        order.make,
        order.model,
        order.imei_no,
        order.issue,
        tracking.workflow.name if tracking else "",
        tracking.current_step.code if tracking else "new",
        tracking.current_since if tracking else "",
        "late" if standing.is_late else "",
        round(standing.over.total_seconds() / 3600, 1) if standing.over else "",
        tracking.current_event.note if tracking and tracking.current_event else "",
        assignment.assignee.username if assignment else "",
        str(state),
        total.replace(",", ""),
        valid_until,
    )


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


class _Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterable[tuple[Cell, ...]], name: str) -> HttpResponseBase:
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff"  # so that Excel reads UTF-8
        yield writer.writerow(HEADER)
        for row in rows:
            yield writer.writerow(map(_as_text, row))

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _as_text(cell: Cell) -> str:
    return wire_date(cell) if isinstance(cell, datetime) else harmless(str(cell))


def _excel(rows: Iterable[tuple[Cell, ...]], name: str) -> HttpResponseBase:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Orders")
    sheet.freeze_panes = "A2"
    for column, title in enumerate(HEADER, 1):
        width = WIDE if title in WIDE_COLUMNS else max(NARROW, len(title) + 2)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.append(HEADER)
    for row in rows:
        sheet.append([_as_cell(cell, sheet) for cell in row])
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 (the response closes it)
    workbook.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _as_cell(value: Cell, sheet: Any) -> Any:
    """A date as Excel has dates: in the server's zone, and without it."""
    if not isinstance(value, datetime):
        return harmless(value) if isinstance(value, str) else value
    cell = WriteOnlyCell(sheet, timezone.localtime(value).replace(tzinfo=None, microsecond=0))
    cell.number_format = DATE_FORMAT
    return cell
