"""The filters of the orders list; each is a condition that an index answers or narrows."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from unfold.contrib.filters.admin import RangeDateFilter

from desk import order_queries
from desk.base import OfferedFilter
from desk.internal import technicians
from partners.models import Partner
from repairs.fields import SHEET_ENGAGEMENT
from repairs.models import RepairOrder
from tracking.estimate_states import UNDECIDED, EstimateState
from tracking.models import PROPOSED, WorkflowStep
from tracking.times import MAX_YEAR, MIN_YEAR

Orders = QuerySet[RepairOrder]
NOT_STARTED = "new"
OPEN = "open"


class OrderFilter(OfferedFilter):
    """A drop-down of one parameter."""

    def queryset(self, request: HttpRequest, queryset: Orders) -> Orders:
        """The orders that its value leaves."""
        value = self.value()
        return self.narrow(request, queryset, value) if value else queryset

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """The orders for `value`, which is one of the choices."""
        raise NotImplementedError


class PartnerFilter(OrderFilter):
    """Whose orders."""

    title = "partner"
    parameter_name = "partner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Real partners."""
        return list(Partner.objects.filter(is_sandbox=False).values_list("pk", "name"))

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """By the partner's key."""
        return queryset.filter(partner_id=int(value))


class WorkflowFilter(OrderFilter):
    """Which workflow."""

    title = "workflow"
    parameter_name = "workflow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """All workflows."""
        workflows = {step.workflow.code: step.workflow.name for step in order_queries.figures(request).steps}
        return list(workflows.items())

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """By the workflow's code."""
        ids = {
            step.workflow_id for step in order_queries.figures(request).steps if step.workflow.code == value
        }
        return queryset.filter(tracking__workflow__in=ids)


class StatusFilter(OrderFilter):
    """Where the order stands, in whichever workflow."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Not started, then every status once."""
        codes = dict.fromkeys(step.code for step in order_queries.figures(request).steps)
        return [
            (NOT_STARTED, "new: tracking not started"),
            (OPEN, "open: under way"),
            *((code, code) for code in codes),
        ]

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """By the steps of that code."""
        if value == NOT_STARTED:
            return queryset.filter(started_at=None)
        if value == OPEN:
            return queryset.filter(tracking__is_closed=False)
        steps = [step for step in order_queries.figures(request).steps if step.code == value]
        return _at(queryset, steps, is_closed=any(step.terminal for step in steps))


class WaitingFilter(OrderFilter):
    """Who has to act."""

    title = "waiting on"
    parameter_name = "waiting_on"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Us and the three others."""
        return list(WorkflowStep.WaitingOn.choices)

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """Open orders at a step that waits on it, unless something else does since."""
        steps = order_queries.figures(request).steps
        at = [step.pk for step in steps if step.waiting_on == value and not step.terminal]
        by_step = Q(tracking__current_step__in=at, tracking__waiting_on_override="")
        return queryset.filter(by_step | Q(tracking__waiting_on_override=value), tracking__is_closed=False)


class LateFilter(OrderFilter):
    """Longer than expected: new, or at a step of ours."""

    title = "late"
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Late, or whoever is waited for."""
        return [("1", "late: we are waited for"), ("over", "over the expected hours, all")]

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """By each step's expected hours. Two indexes answer the two halves, so each is a query of its
        own: one condition over both tables would read all orders."""
        figures = order_queries.figures(request)
        rule = order_queries.over if value == "over" else order_queries.late
        started = order_queries.trackings().filter(rule(figures.steps, figures.now)).values("pk")
        new = order_queries.orders().filter(order_queries.late_new(figures.steps, figures.now)).order_by()
        return queryset.filter(pk__in=started.union(new.values("pk"), all=True))


class EstimateFilter(OrderFilter):
    """What became of the current estimate."""

    title = "estimate"
    parameter_name = "estimate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """The states that a current estimate can have."""
        labels = {
            EstimateState.DECLINED: "declined: waiting for us",
            EstimateState.EXPIRED: "expired, of open orders",
        }
        states = [state for state in EstimateState if state != EstimateState.SUPERSEDED]
        return [(state.value, labels.get(state, state.label)) for state in states]

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """By the columns of the tracking row; of declined ones only those left to us."""
        today = timezone.localdate()
        wanted: dict[str, Any] = {"estimate_state": value}
        if value == EstimateState.DECLINED:
            wanted = order_queries.DECLINED
        elif value == EstimateState.EXPIRED:
            wanted = {"is_closed": False, "estimate_state__in": UNDECIDED, "estimate_valid_until__lt": today}
        elif value in UNDECIDED:
            wanted["estimate_valid_until__gte"] = today
        return queryset.filter(**{f"tracking__{name}": of_it for name, of_it in wanted.items()})


class SinceFilter(OrderFilter):
    """When the present status was reached."""

    title = "in status since"
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Today or the last seven days."""
        return [("0", "today"), ("6", "the last 7 days")]

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """By days before today."""
        first = order_queries.midnight(order_queries.figures(request).now) - timedelta(days=int(value))
        return queryset.filter(tracking__current_since__gte=first)


class EngagementFilter(OrderFilter):
    """How the device comes to us."""

    title = "engagement"
    parameter_name = "engagement"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """The documented words of both sources."""
        return [(word, word) for word in PROPOSED]

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """As the partner sent it, and so by the way in that takes the word: together with the other
        way, which takes none of its words, the database knows without a look that nothing is left."""
        source = RepairOrder.Source.UPLOAD if value in SHEET_ENGAGEMENT.choices else RepairOrder.Source.API
        return queryset.filter(engagement_type=value, source=source)


class AssigneeFilter(OrderFilter):
    """Who works on the order."""

    title = "assignee"
    parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Nobody, anybody, then each technician."""
        names = technicians().values_list("pk", "username")
        return [("none", "nobody, open orders"), ("any", "anybody"), *((str(pk), name) for pk, name in names)]

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """By the assignment; what is done needs nobody."""
        if value == "none":
            return queryset.filter(assignment=None, tracking__is_closed=False)
        if value == "any":
            return queryset.filter(assignment__isnull=False)
        return queryset.filter(assignment__assignee=int(value))


class SourceFilter(OrderFilter):
    """The way in."""

    title = "source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """API or upload."""
        return list(RepairOrder.Source.choices)

    def narrow(self, request: HttpRequest, queryset: Orders, value: str) -> Orders:
        """By the order's source."""
        return queryset.filter(source=value)


class DaysFilter(RangeDateFilter):
    """From one day to another: whole days of the server's zone, both included."""

    def queryset(self, request: HttpRequest, queryset: Orders) -> Orders:
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


def _at(queryset: Orders, steps: list[WorkflowStep], *, is_closed: bool) -> Orders:
    return queryset.filter(
        tracking__is_closed=is_closed, tracking__current_step__in=[step.pk for step in steps]
    )


ALL = [
    StatusFilter,
    WaitingFilter,
    LateFilter,
    EstimateFilter,
    PartnerFilter,
    WorkflowFilter,
    SinceFilter,
    EngagementFilter,
    AssigneeFilter,
    SourceFilter,
    ("created_at", DaysFilter),
]
# The parameters that tell where orders stand: a list by one of these begins with the longest wait.
OF_STANDING = ("status", "waiting_on", "late", "estimate")
