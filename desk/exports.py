"""The filtered list as a file, streamed: CSV without end, Excel up to 10,000 orders."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from desk import estimate_card, order_queries
from desk.history import log_export
from desk.standing import Standing, assignee_of, standing_of, tracking_of
from partners.models import User
from repairs.models import RepairOrder
from tracking.models import OrderTracking
from tracking.times import wire_date

MAX_EXCEL_ROWS = 10_000
PAGE_ROWS = 2_000
WIDE, NARROW = 26, 14

Cell = str | float | datetime


class Row(NamedTuple):
    """What the cells of an order read; `estimate` is `estimate_card.summary`, or empty strings."""

    order: RepairOrder
    tracking: OrderTracking | None
    standing: Standing
    assignee: User | None
    estimate: tuple[str, str, str]


# Title and width of each column, and its cell of a row.
COLUMNS: tuple[tuple[str, int, Callable[[Row], Cell]], ...] = (
    ("Request ID", WIDE, lambda row: row.order.request_id),
    ("Reference", WIDE, lambda row: row.order.repair_ref_no),
    ("Partner", WIDE, lambda row: row.order.partner.name),
    ("Received", NARROW, lambda row: row.order.created_at),
    ("Source", NARROW, lambda row: row.order.get_source_display()),
    ("Engagement", NARROW, lambda row: row.order.engagement_type),
    ("Customer", WIDE, lambda row: row.order.customer_name),
    ("Mobile", NARROW, lambda row: row.order.customer_mobile),
    ("E-mail", WIDE, lambda row: row.order.customer_email),
    ("City", NARROW, lambda row: row.order.city),
    ("State", NARROW, lambda row: row.order.state),
    ("PIN code", NARROW, lambda row: row.order.pincode),
    ("Device", NARROW, lambda row: row.order.asset_type),
    ("Make", NARROW, lambda row: row.order.make),
    ("Model", NARROW, lambda row: row.order.model),
    ("IMEI / serial", NARROW, lambda row: row.order.imei_no),
    ("Issue", WIDE, lambda row: row.order.issue),
    ("Workflow", NARROW, lambda row: row.tracking.workflow.name if row.tracking else ""),
    ("Status", WIDE, lambda row: row.standing.text),
    ("Since", NARROW, lambda row: row.tracking.current_since if row.tracking else ""),
    ("Late", NARROW, lambda row: "late" if row.standing.is_late else ""),
    ("Over by (hours)", NARROW, lambda row: _hours(row.standing.over)),
    ("Last note", WIDE, lambda row: _last_note(row.tracking)),
    ("Assigned to", NARROW, lambda row: row.assignee.username if row.assignee else ""),
    ("Estimate", NARROW, lambda row: row.estimate[1]),
    ("Estimate total (INR)", WIDE, lambda row: row.estimate[0].replace(",", "")),
    ("Estimate valid until", WIDE, lambda row: row.estimate[2]),
)
# What a row reads besides the order.
JOINED = (*order_queries.JOINED, "tracking__current_event", "assignment__assignee")


def _hours(duration: timedelta | None) -> Cell:
    return round(duration.total_seconds() / 3600, 1) if duration else ""


def _last_note(tracking: OrderTracking | None) -> str:
    return tracking.current_event.note if tracking and tracking.current_event else ""


def download(model_admin: "ModelAdmin[Any]", request: HttpRequest) -> HttpResponseBase:
    """`format=csv` or `format=xlsx`, for the rows that the list with these parameters has."""
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
    rows = (_cells(order, figures.now, new_hours) for order in _newest_first(joined))
    if not as_excel:
        return _csv(rows, name)
    from desk.excel import answer  # loads openpyxl

    return answer(rows, name)


def _newest_first(orders: "QuerySet[RepairOrder]") -> Iterator[RepairOrder]:
    """All of them, read in pages by key: a cursor on the server would not survive a connection pooler."""
    orders = orders.order_by("-pk")
    page = orders[:PAGE_ROWS]
    while found := list(page):
        yield from found
        page = orders.filter(pk__lt=found[-1].pk)[:PAGE_ROWS]


def _cells(order: RepairOrder, now: datetime, new_hours: Mapping[str, int]) -> list[Cell]:
    tracking = tracking_of(order)
    total, state, valid_until = estimate_card.summary(tracking) or ("", "", "")
    standing = standing_of(order, now, new_hours)
    row = Row(order, tracking, standing, assignee_of(order), (total, str(state), valid_until))
    return [cell(row) for _, _, cell in COLUMNS]


def harmless(text: str) -> str:
    """Returns text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


class _Echo:
    """A file whose `write` returns the text."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterable[list[Cell]], name: str) -> HttpResponseBase:
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff"  # so that Excel reads UTF-8
        yield writer.writerow(title for title, _, _ in COLUMNS)
        for row in rows:
            yield writer.writerow(map(_as_text, row))

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _as_text(cell: Cell) -> str:
    return wire_date(cell) if isinstance(cell, datetime) else harmless(str(cell))
