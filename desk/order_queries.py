"""What the desk counts and lists: orders of real partners, none of a sandbox.

An order is late where we are waited for and it has stood at its step for longer than expected; one
that waits for a customer, an approval or parts is not late, however long. An order whose tracking has
not started counts as standing at `created` of the workflow that it would start in.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from desk.base import key_of
from partners.models import Partner, User
from repairs import search
from repairs.models import RepairOrder
from tracking import queries
from tracking.models import PROPOSED, OrderTracking, WorkflowStep
from tracking.transitions import CREATED

WaitingOn = WorkflowStep.WaitingOn

TECHNICIANS = "Technicians"
REPEAT_WITHIN = timedelta(days=90)
MAX_RELATED = 10
# Orders whose estimate was declined and whose next step we have to decide.
DECLINED = {"is_closed": False, "waiting_on_override": WaitingOn.US, "estimate_state": "declined"}


# What a row of a list shows beside the order itself.
JOINED = ("partner", "tracking__current_step", "tracking__workflow")


def orders() -> QuerySet[RepairOrder]:
    """The orders of real partners."""
    return RepairOrder.objects.filter(partner__is_sandbox=False)


def order_or_404(pk: object) -> RepairOrder:
    """The order with all that its page shows; Http404 for an order of a sandbox partner."""
    joined = orders().select_related(*JOINED, "assignment__assignee")
    return get_object_or_404(joined, pk=key_of(str(pk)))


def technicians() -> QuerySet[User]:
    """The users that orders can be assigned to."""
    return User.objects.filter(groups__name=TECHNICIANS, is_active=True).order_by("username")


def trackings() -> QuerySet[OrderTracking]:
    """The trackings of real partners' orders."""
    return OrderTracking.objects.filter(partner__is_sandbox=False)


def late(all_steps: Iterable[WorkflowStep], now: datetime) -> Q:
    """Which trackings are late."""
    ours = over([step for step in all_steps if step.waiting_on == WaitingOn.US], now)
    return ours | over(all_steps, now) & Q(waiting_on_override=WaitingOn.US)


def new_hours(all_steps: Iterable[WorkflowStep]) -> dict[str, int]:
    """Within how many hours the tracking of a new order should start, by its engagement."""
    hours = {s.workflow.code: s.expected_hours for s in all_steps if s.code == CREATED}
    by_engagement = {word: hours.get(flow) for word, flow in PROPOSED.items()}
    return {word: expected for word, expected in by_engagement.items() if expected is not None}


def late_new(all_steps: Iterable[WorkflowStep], now: datetime) -> Q:
    """Which orders should have been started by now."""
    overdue = Q(pk__in=())
    for word, hours in new_hours(all_steps).items():
        overdue |= Q(engagement_type=word, created_at__lt=now - timedelta(hours=hours))
    return overdue & Q(started_at=None)


def over(all_steps: Iterable[WorkflowStep], now: datetime) -> Q:
    """Which trackings have stood at one of these steps for longer than expected, whoever has to act.

    As ranges of step and time, which the index over open orders answers.
    """
    by_hours: dict[int, list[int]] = defaultdict(list)
    for step in all_steps:
        if step.expected_hours is not None and not step.terminal:
            by_hours[step.expected_hours].append(step.pk)
    overdue = Q(pk__in=())
    for hours, step_ids in by_hours.items():
        overdue |= Q(current_step__in=step_ids, current_since__lt=now - timedelta(hours=hours))
    return overdue & Q(is_closed=False)


@dataclass(frozen=True, slots=True)
class StepFigures:
    """The open orders at a step that wait on the same: how many, since when the oldest, how many for
    longer than expected."""

    step: WorkflowStep
    waiting_on: str
    count: int
    oldest: datetime
    over: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the menu and the dashboard both show, as of `now`."""

    now: datetime
    steps: list[WorkflowStep]
    standings: list[StepFigures]
    new: int
    new_late: int
    declined: int
    delivered_today: int

    def waiting_on(self, whom: str) -> int:
        return sum(standing.count for standing in self.standings if standing.waiting_on == whom)

    @property
    def open(self) -> int:
        return sum(standing.count for standing in self.standings)

    @property
    def late(self) -> int:
        """Orders that wait on us for too long, new ones included."""
        return self.new_late + sum(s.over for s in self.standings if s.waiting_on == WaitingOn.US)


def figures(request: HttpRequest) -> Figures:
    """The figures of this request, counted once."""
    if not hasattr(request, "desk_figures"):
        request.desk_figures = _count(timezone.now())  # type: ignore[attr-defined]
    return request.desk_figures  # type: ignore[attr-defined, no-any-return]


def _count(now: datetime) -> Figures:
    all_steps = queries.all_steps()
    grouped = (
        trackings()
        .filter(is_closed=False)
        .values("current_step", "waiting_on_override")
        .annotate(
            count=Count("pk"),
            oldest=Min("current_since"),
            over=Count("pk", filter=over(all_steps, now)),
            declined=Count("pk", filter=Q(**DECLINED)),
        )
    )
    by_step: dict[int, list[Any]] = defaultdict(list)
    for row in grouped:
        by_step[row["current_step"]].append(row)
    late_ones = Count("pk", filter=late_new(all_steps, now))
    new = orders().filter(started_at=None).aggregate(count=Count("pk"), late=late_ones)
    return Figures(
        now=now,
        steps=all_steps,
        standings=[
            StepFigures(
                step, row["waiting_on_override"] or step.waiting_on, row["count"], row["oldest"], row["over"]
            )
            for step in all_steps
            for row in by_step[step.pk]
        ],
        new=new["count"],
        new_late=new["late"],
        declined=sum(row["declined"] for rows in by_step.values() for row in rows),
        delivered_today=trackings().filter(is_closed=True, current_since__gte=midnight(now)).count(),
    )


def midnight(now: datetime) -> datetime:
    """The beginning of the day, in the server's time zone."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def find(text: str) -> search.Found:
    """The orders that `text` describes; see `repairs.search`."""
    return search.find(text, _searched())


def listed(names: Sequence[str]) -> QuerySet[RepairOrder]:
    """The orders with these request IDs, references, mobiles or IMEIs, in whatever case."""
    found = RepairOrder.objects.filter(pk__in=search.find_listed(names, _searched()).ids)
    return found.select_related(*JOINED)


def _searched() -> QuerySet[RepairOrder]:
    # Sandboxes are named one by one, as a join would come between a condition and its index.
    sandboxes = list(Partner.objects.filter(is_sandbox=True).values_list("pk", flat=True))
    return RepairOrder.objects.exclude(partner__in=sandboxes)


def related(order: RepairOrder) -> list[RepairOrder]:
    """Earlier orders of the same device or mobile, newest first, at most ten."""
    same = Q(imei_no=order.imei_no) | Q(customer_mobile=order.customer_mobile)
    earlier = orders().filter(same, created_at__lte=order.created_at).exclude(pk=order.pk)
    return list(earlier.select_related(*JOINED)[:MAX_RELATED])


def is_repeat(order: RepairOrder, earlier: Iterable[RepairOrder]) -> bool:
    """Whether one of `earlier` repaired the same device within 90 days."""
    since = order.created_at - REPEAT_WITHIN
    return any(other.imei_no == order.imei_no and other.created_at >= since for other in earlier)
