"""What a batch or a status sheet did, row by row: kept with the form that asked for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from desk.base import clerk, log, page
from desk.models import Submission
from desk.submissions import token_of
from repairs.models import RepairOrder
from tracking.status_sheet import Line
from tracking.times import wire_date

Row = dict[str, Any]


def row(line: Line) -> Row:
    """What a report tells of a row of a sheet, or of a batch, which has no numbers."""
    order, at = (line.change.order, line.change.at) if line.change else (None, None)
    return {
        "number": line.row,
        "pk": order.pk if order else None,
        "request_id": order.request_id if order else "",
        "repair_ref_no": line.reference,
        "status": line.status,
        "date": wire_date(at) if at else line.date,
        "refusal": line.refusal,
    }


def rows(lines: Iterable[Line]) -> list[Row]:
    """The rows of a report: the refused ones, then the others, each in their order."""
    return sorted(map(row, lines), key=lambda row: row["refusal"] is None)


def shown(request: HttpRequest, rows: Sequence[Row]) -> dict[str, Any]:
    """What the table of rows needs: those that `only` asks for, and how many there are of each kind."""
    refused = [row for row in rows if row["refusal"] is not None]
    good = [row for row in rows if row["refusal"] is None]
    only = request.GET.get("only")
    return {
        "rows": {"refused": refused, "good": good}.get(only or "", rows),
        "only": only,
        "all_count": len(rows),
        "refused_count": len(refused),
        "good_count": len(good),
    }


def keep(request: HttpRequest, title: str, lines: Sequence[Line]) -> None:
    """Stores the report of the form that is being acted on; the orders' histories tell what was recorded."""
    recorded: dict[str, list[RepairOrder]] = defaultdict(list)
    for line in lines:
        if line.event and line.change:
            recorded[line.status].append(line.change.order)
    for status, orders in recorded.items():
        log(request, f'Recorded "{status}" together with other orders.', *orders)
    report = {"title": title, "rows": rows(lines)}
    Submission.objects.filter(token=token_of(request)).update(report=report)


def url(request: HttpRequest) -> str:
    """The address of the report of this request's form; raises FormError without a valid token."""
    return reverse("admin:repairs_repairorder_report", args=[token_of(request)])


def show(request: HttpRequest, token: str) -> HttpResponse:
    """Shows the report; redirects to the batch page if there is none any more."""
    sent = Submission.objects.filter(token=token, user=clerk(request)).first()
    if sent is None or sent.report is None:
        return redirect("admin:repairs_repairorder_batch")
    rows = sent.report["rows"]
    table = shown(request, rows)
    title = f"{sent.report['title']}{table['good_count']} recorded, {table['refused_count']} refused"
    is_sheet = any(row["number"] for row in rows)
    return page(request, "desk/report.html", title, RepairOrder, **table, is_sheet=is_sheet)
