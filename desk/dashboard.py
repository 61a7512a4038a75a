"""The figures of the desk's first page; each leads to the list behind it."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from desk import order_queries, sidebar, webhooks
from desk.order_queries import Figures, StepFigures, WaitingOn
from desk.standing import span
from estimates.amounts import grouped
from estimates.models import Estimate
from outbox.models import Message
from repairs.models import BulkUpload
from tracking.estimate_states import EstimateState, rupees
from tracking.models import Workflow

DAYS = 30
State = Message.State


class Bar(NamedTuple):
    """A day of the chart; `height` is in per cent of the fullest."""

    day: date
    number: int
    height: int
    url: str


class AgeingRow(NamedTuple):
    """A status of a workflow with its open orders; `share` in per cent of the fullest."""

    standing: StepFigures
    oldest: str
    share: int
    url: str
    over_url: str


def add_figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's hook: adds the figures for users who may see orders."""
    if not request.user.has_perm("repairs.view_repairorder"):
        return context
    figures = order_queries.figures(request)
    orders = reverse("admin:repairs_repairorder_changelist")
    ageing = list(_ageing(figures, orders))
    return {
        **context,
        "title": "Dashboard",
        "figures": figures,
        "cards": [(view, f"{orders}?{view.query}") for view in sidebar.views(figures)],
        "bars": _bars(figures, orders),
        "days": DAYS,
        "ours": [row for row in ageing if row.standing.waiting_on == WaitingOn.US],
        "others": [row for row in ageing if row.standing.waiting_on != WaitingOn.US],
        "flows": _flows(figures, orders),
        "estimates": _estimates(figures.now, orders),
        "webhooks": webhooks.figures() if request.user.has_perm(webhooks.VIEW) else None,
        "uploads": _uploads(figures) if request.user.has_perm("repairs.view_bulkupload") else None,
    }


def _bars(figures: Figures, orders: str) -> list[Bar]:
    today = timezone.localdate(figures.now)
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    since = order_queries.midnight(figures.now) - timedelta(days=DAYS - 1)
    counted = (
        order_queries.orders()
        .filter(created_at__gte=since)
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values_list("day")
        .annotate(count=Count("*"))
    )
    counts: dict[date, int] = dict(counted)
    most = max(counts.values(), default=1)
    return [
        Bar(day, count, round(100 * count / most), f"{orders}?created_at_from={day}&created_at_to={day}")
        for day, count in ((day, counts.get(day, 0)) for day in days)
    ]


def _ageing(figures: Figures, orders: str) -> Iterable[AgeingRow]:
    most = max((standing.count for standing in figures.standings), default=1)
    for standing in figures.standings:
        step, whom = standing.step, standing.waiting_on
        query = f"{orders}?status={step.code}&workflow={step.workflow.code}&waiting_on={whom}"
        late = "1" if whom == WaitingOn.US else "over"
        oldest = span(figures.now - standing.oldest)
        yield AgeingRow(standing, oldest, round(100 * standing.count / most), query, f"{query}&late={late}")


def _flows(figures: Figures, orders: str) -> list[tuple[str, int, str]]:
    totals: Counter[Workflow] = Counter()
    for standing in figures.standings:
        totals[standing.step.workflow] += standing.count
    return [
        (flow.name, count, f"{orders}?status=open&workflow={flow.code}") for flow, count in totals.items()
    ]


def _uploads(figures: Figures) -> dict[str, Any]:
    """Uploads of the last seven days with their rows, and the mails that wait or failed."""
    since = order_queries.midnight(figures.now) - timedelta(days=6)
    real = BulkUpload.objects.filter(partner__is_sandbox=False)
    week = real.filter(created_at__gte=since).aggregate(
        count=Count("pk"),
        stored=Sum("uploaded_count", default=0),
        duplicates=Sum("duplicate_count", default=0),
        refused=Sum("invalid_count", default=0),
    )
    mails = real.filter(mail__state__in=[State.PENDING, State.FAILED]).aggregate(
        pending=Count("pk", filter=Q(mail__state=State.PENDING)),
        failed=Count("pk", filter=Q(mail__state=State.FAILED)),
    )
    uploads = reverse("admin:repairs_bulkupload_changelist")
    return {**week, **mails, "url": uploads, "week_url": f"{uploads}?received=6"}


def _estimates(now: datetime, orders: str) -> dict[str, Any]:
    """Waiting for approval: how many, how much, since when; decided this month: how many, how much."""
    state = EstimateState.AWAITING_APPROVAL
    waiting = order_queries.trackings().filter(
        estimate_state=state, estimate_valid_until__gte=timezone.localdate(now)
    )
    month = order_queries.midnight(now).replace(day=1)
    approved, declined = (Q(state=state) for state in (EstimateState.APPROVED, EstimateState.DECLINED))
    found = waiting.aggregate(
        waiting=Count("pk"), waiting_total=Sum("estimate_total_paise", default=0), oldest=Min("current_since")
    ) | Estimate.objects.filter(decided_at__gte=month).aggregate(
        approved=Count("pk", filter=approved),
        approved_total=Sum("total_paise", filter=approved, default=0),
        declined=Count("pk", filter=declined),
        declined_total=Sum("total_paise", filter=declined, default=0),
    )
    totals = {name: grouped(rupees(int(paise))) for name, paise in found.items() if name.endswith("_total")}
    oldest = span(now - found["oldest"]) if found["oldest"] else ""
    return {**found, **totals, "oldest": oldest, "url": f"{orders}?estimate={state}"}
