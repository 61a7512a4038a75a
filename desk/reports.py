"""What a batch or a status sheet did, row by row: kept with the form that asked for it."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from desk.base import page, require
from desk.models import Submission
from desk.order_page import RECORD, clerk
from desk.submissions import FIELD, token_of
from repairs.models import RepairOrder

Row = dict[str, Any]


def row(
    order: RepairOrder | None, status: str, refusal: str | None, reference: str = "", number: int = 0
) -> Row:
    """One row: its order (None: none was found), what was asked for, why it was refused.

    A row of a sheet has its `number` there, and its `reference` as it was written.
    """
    return {
        "number": number,
        "pk": order.pk if order else None,
        "request_id": order.request_id if order else "",
        "repair_ref_no": reference or (order.repair_ref_no if order else ""),
        "status": status,
        "refusal": refusal,
    }


def keep(request: HttpRequest, title: str, rows: Iterable[Row]) -> None:
    """Stores the report of the form that is being acted on, refused rows first."""
    ordered = sorted(rows, key=lambda row: row["refusal"] is None)
    Submission.objects.filter(token=token_of(request)).update(report={"title": title, "rows": ordered})


def url(request: HttpRequest) -> str:
    """Where the report of the form of this request will be."""
    return reverse("admin:repairs_repairorder_report", args=[request.POST.get(FIELD, "") or "none"])


def show(request: HttpRequest, token: str) -> HttpResponse:
    """The report; without one, as after a day, the way to the next batch."""
    require(request, RECORD)
    sent = Submission.objects.filter(token=token, user=clerk(request)).first()
    if sent is None or sent.report is None:
        return redirect("admin:repairs_repairorder_batch")
    rows = sent.report["rows"]
    refused = sum(row["refusal"] is not None for row in rows)
    title = f"{sent.report['title']}{len(rows) - refused} recorded, {refused} refused"
    return page(
        request, "desk/report.html", title, RepairOrder, rows=rows, is_sheet=any(r["number"] for r in rows)
    )
