"""The filters of the orders list; each is a condition that an index answers or narrows."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from unfold.contrib.filters.admin import RangeDateFilter

from desk import order_queries
from desk.lists import Choices, filter_by, filter_equal
from partners.models import Partner
from repairs.fields import SHEET_ENGAGEMENT
from repairs.models import RepairOrder
from tracking.estimate_states import UNDECIDED, EstimateState
from tracking.models import PROPOSED, WorkflowStep
from tracking.times import MAX_YEAR, MIN_YEAR

Orders = QuerySet[RepairOrder]
NOT_STARTED = "new"
OPEN = "open"


def _steps(request: HttpRequest) -> list[WorkflowStep]:
    return order_queries.figures(request).steps


def _workflows(request: HttpRequest) -> Choices:
    return {step.workflow.code: step.workflow.name for step in _steps(request)}.items()


def _statuses(request: HttpRequest) -> Choices:
    yield NOT_STARTED, "new: tracking not started"
    yield OPEN, "open: under way"
    yield from {step.code: step.code for step in _steps(request)}.items()


def _estimate_states() -> Choices:
    labels = {
        EstimateState.DECLINED: "declined: waiting for us",
        EstimateState.EXPIRED: "expired, of open orders",
    }
    states = [state for state in EstimateState if state != EstimateState.SUPERSEDED]
    return [(state.value, labels.get(state, state.label)) for state in states]


def _assignees(request: HttpRequest) -> Choices:
    yield "none", "nobody, open orders"
    yield "any", "anybody"
    yield from order_queries.technicians().values_list("pk", "username")


def real_partners(request: HttpRequest) -> Choices:
    """The partners whose orders the desk shows."""
    return Partner.objects.filter(is_sandbox=False).values_list("pk", "name")


@filter_by("status", "status", _statuses)
def by_status(request: HttpRequest, orders: Orders, value: str) -> Orders:
    """Where the order stands, in whichever workflow."""
    if value == NOT_STARTED:
        return orders.filter(started_at=None)
    if value == OPEN:
        return orders.filter(tracking__is_closed=False)
    steps = [step for step in _steps(request) if step.code == value]
    is_closed = any(step.terminal for step in steps)
    return orders.filter(tracking__is_closed=is_closed, tracking__current_step__in=_pks(steps))


@filter_by("waiting_on", "waiting on", WorkflowStep.WaitingOn.choices)
def by_waiting(request: HttpRequest, orders: Orders, value: str) -> Orders:
    """Open orders at a step that waits on this side, unless another side has to act since."""
    at = _pks(step for step in _steps(request) if step.waiting_on == value and not step.terminal)
    by_step = Q(tracking__current_step__in=at, tracking__waiting_on_override="")
    return orders.filter(by_step | Q(tracking__waiting_on_override=value), tracking__is_closed=False)


@filter_by("late", "late", [("1", "late: we are waited for"), ("over", "over the expected hours, all")])
def by_lateness(request: HttpRequest, orders: Orders, value: str) -> Orders:
    """Longer than expected: new, or at a step of ours.

    Two indexes answer the two halves, so each is a query of its own: one condition over both tables
    would read all orders.
    """
    figures = order_queries.figures(request)
    rule = order_queries.over if value == "over" else order_queries.late
    started = order_queries.trackings().filter(rule(figures.steps, figures.now)).values("pk")
    new = order_queries.orders().filter(order_queries.late_new(figures.steps, figures.now)).order_by()
    return orders.filter(pk__in=started.union(new.values("pk"), all=True))


@filter_by("estimate", "estimate", _estimate_states())
def by_estimate(request: HttpRequest, orders: Orders, value: str) -> Orders:
    """By the columns of the tracking row; of declined estimates only those left to us."""
    today = timezone.localdate()
    wanted: dict[str, Any] = {"estimate_state": value}
    if value == EstimateState.DECLINED:
        wanted = order_queries.DECLINED
    elif value == EstimateState.EXPIRED:
        wanted = {"is_closed": False, "estimate_state__in": UNDECIDED, "estimate_valid_until__lt": today}
    elif value in UNDECIDED:
        wanted["estimate_valid_until__gte"] = today
    return orders.filter(**{f"tracking__{name}": condition for name, condition in wanted.items()})


@filter_by("workflow", "workflow", _workflows)
def by_workflow(request: HttpRequest, orders: Orders, value: str) -> Orders:
    """Orders that are tracked in one workflow."""
    ids = {step.workflow_id for step in _steps(request) if step.workflow.code == value}
    return orders.filter(tracking__workflow__in=ids)


@filter_by("since", "in status since", [("0", "today"), ("6", "the last 7 days")])
def by_since(request: HttpRequest, orders: Orders, value: str) -> Orders:
    """When the present status was reached, in days before today."""
    return orders.filter(tracking__current_since__gte=start_of_day(int(value)))


@filter_by("engagement", "engagement", [(word, word) for word in PROPOSED])
def by_engagement(request: HttpRequest, orders: Orders, value: str) -> Orders:
    """How the device comes to us. Each word belongs to one source, which the query names too: combined
    with a filter by the other source it is then empty without reading any order."""
    source = RepairOrder.Source.UPLOAD if value in SHEET_ENGAGEMENT.choices else RepairOrder.Source.API
    return orders.filter(engagement_type=value, source=source)


@filter_by("assignee", "assignee", _assignees)
def by_assignee(request: HttpRequest, orders: Orders, value: str) -> Orders:
    """Who works on the order; a delivered one needs nobody."""
    if value == "none":
        return orders.filter(assignment=None, tracking__is_closed=False)
    if value == "any":
        return orders.filter(assignment__isnull=False)
    return orders.filter(assignment__assignee=int(value))


class DaysFilter(RangeDateFilter):
    """From one day to another: whole days of the server's zone, both included."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Unreadable dates, and years far from any repair, count as none given."""
        name = self.parameter_name
        first, last = (self._day(self.used_parameters.get(f"{name}_{end}")) for end in ("from", "to"))
        if first:
            queryset = queryset.filter(**{f"{name}__gte": first})
        if last:
            queryset = queryset.filter(**{f"{name}__lt": last + timedelta(days=1)})
        return queryset

    @staticmethod
    def _day(value: str | None) -> datetime | None:
        try:
            day = parse_date(value or "")
        except ValueError:
            day = None
        if day is None or not MIN_YEAR <= day.year <= MAX_YEAR:
            return None
        return timezone.make_aware(datetime.combine(day, time.min))


def start_of_day(days_ago: int) -> datetime:
    """When a day before today began, in the server's zone."""
    return order_queries.midnight(timezone.now()) - timedelta(days=days_ago)


def _pks(steps: Iterable[WorkflowStep]) -> list[int]:
    return [step.pk for step in steps]


ALL = [
    by_status,
    by_waiting,
    by_lateness,
    by_estimate,
    filter_equal("partner", "partner", real_partners, "partner"),
    by_workflow,
    by_since,
    by_engagement,
    by_assignee,
    filter_equal("source", "source", RepairOrder.Source.choices, "source"),
    ("created_at", DaysFilter),
]
# The parameters that tell where orders stand: a list by one of these begins with the longest wait.
OF_STANDING = ("status", "waiting_on", "late", "estimate")
