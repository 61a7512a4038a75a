"""What a batch or a status sheet did, row by row: kept with the form that asked for it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from desk.base import clerk, page
from desk.models import Submission
from desk.submissions import token_of
from repairs.models import RepairOrder

Row = dict[str, Any]


def row(
    order: RepairOrder | None,
    status: str,
    refusal: str | None,
    *,
    reference: str = "",
    number: int = 0,
    date: str = "",
) -> Row:
    """One row: its order (None: none was found), what was asked for, why it was refused.

    A row of a sheet has its `number` there, its `reference` as it was written, and its `date`.
    """
    return {
        "number": number,
        "pk": order.pk if order else None,
        "request_id": order.request_id if order else "",
        "repair_ref_no": reference or (order.repair_ref_no if order else ""),
        "status": status,
        "date": date,
        "refusal": refusal,
    }


def refused_first(rows: Iterable[Row]) -> list[Row]:
    """The refused rows, then the others, each in their order."""
    return sorted(rows, key=lambda row: row["refusal"] is None)


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


def keep(request: HttpRequest, title: str, rows: Iterable[Row]) -> None:
    """Stores the report of the form that is being acted on, refused rows first."""
    report = {"title": title, "rows": refused_first(rows)}
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
