"""What a technician sees, on a phone: the orders assigned to them, and nothing else of the desk."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from desk import order_files, order_queries
from desk.base import action, require
from desk.forms import RecordForm
from desk.internal import WORK, FilesForm
from desk.models import OrderFile
from desk.order_page import ADMIN, VIEW, clerk, log
from desk.standing import span, standing_of, tracking_of
from desk.submissions import submit
from repairs.models import RepairOrder
from tracking import queries, services, transitions, versions
from tracking.models import OrderTracking, WorkflowStep
from tracking.services import Change

# Beside their own pages: what logging in and out needs.
_ALLOWED = ("login", "logout", "password_change", "password_change_done")
_PREFIX = "repairs_repairorder_work"
# The steps ahead that get a large button; the others stand under "Other".
NEXT = 2
MAX_SHOWN = 200


class Confine:
    """Middleware: leads a user who may only work on their own orders from every page to these."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        """Redirects, or refuses what is no GET."""
        match = request.resolver_match
        if match is None or "admin" not in match.namespaces or not is_confined(request):
            return None
        if match.url_name in _ALLOWED or (match.url_name or "").startswith(_PREFIX):
            return None
        if request.method in ("GET", "HEAD"):
            return redirect(f"admin:{_PREFIX}")
        raise PermissionDenied


def is_confined(request: HttpRequest) -> bool:
    """Whether this user is a technician and nothing else."""
    user = request.user
    return user.is_authenticated and user.has_perm(WORK) and not user.has_perm(VIEW)


def work(request: HttpRequest) -> HttpResponse:
    """One's own open orders, the longest wait first."""
    require(request, WORK)
    mine = (
        order_queries.orders().filter(assignment__assignee=clerk(request)).exclude(tracking__is_closed=True)
    )
    joined = mine.select_related("tracking__current_step", "tracking__workflow", "partner")
    orders = joined.order_by("tracking__current_since", "pk")[:MAX_SHOWN]
    rows = [(order, standing := standing_of(order), span(standing.waited)) for order in orders]
    return render(request, "desk/my_work/list.html", {"title": "My work", "rows": rows})


def order(request: HttpRequest, pk: int) -> HttpResponse:
    """One order: whom to call, where to go, what comes next."""
    require(request, WORK)
    return _show(request, _own(request, pk))


@action
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Records the status of the button that was pressed; starts tracking where it has not begun."""
    require(request, WORK)
    order = _own(request, pk)
    form = RecordForm(request.POST)

    def write() -> str:
        versions.require(order, form.cleaned_data["version"])
        code, note = form.cleaned_data["status"], form.cleaned_data["note"]
        services.apply(Change(order, code, note=note), by=clerk(request), source=ADMIN)
        log(request, order, f'Recorded "{code}" on site.')
        return f'Recorded "{code}".'

    response = submit(request, form, write, _url(pk)) if form.is_valid() else None
    return response or _show(request, _own(request, pk), form)


@action
def add_files(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds photos."""
    require(request, WORK)
    order = _own(request, pk)
    form = FilesForm(request.POST, request.FILES)
    return order_files.receive(request, order, form, _url(pk)) or _show(request, order, form)


def file(request: HttpRequest, pk: int, file_pk: int) -> HttpResponseBase:
    """A photo or PDF of one's own order."""
    require(request, WORK)
    return order_files.serve(request, _own(request, pk), file_pk)


def _mine(request: HttpRequest) -> QuerySet[RepairOrder]:
    mine = order_queries.orders().filter(assignment__assignee=clerk(request))
    return mine.select_related("tracking__current_step", "tracking__workflow")


def _own(request: HttpRequest, pk: int) -> RepairOrder:
    return get_object_or_404(_mine(request), pk=pk)


def _url(pk: int) -> str:
    return reverse(f"admin:{_PREFIX}_order", args=[pk])


def _show(request: HttpRequest, order: RepairOrder, refused: Any = None) -> HttpResponse:
    tracking, standing = tracking_of(order), standing_of(order)
    ahead, others = _next_steps(order, tracking)
    address = ", ".join(filter(None, (order.address_line1, order.address_line2, order.city, order.pincode)))
    context = {
        "title": order.customer_name,
        "order": order,
        "standing": standing,
        "waited": span(standing.waited),
        "version": versions.version_of(tracking),
        "ahead": ahead,
        "others": others,
        "address": address,
        "map_url": f"https://www.google.com/maps/search/?api=1&query={quote(address)}",
        "files": OrderFile.objects.filter(order=order),
        "note": refused.data.get("note", "") if refused is not None else "",
        "errors": [error for errors in refused.errors.values() for error in errors] if refused else [],
    }
    return render(request, "desk/my_work/order.html", context)


def _next_steps(
    order: RepairOrder, tracking: OrderTracking | None
) -> tuple[list[WorkflowStep], list[WorkflowStep]]:
    """The steps that are next on the way, and the others that may be recorded."""
    if tracking is None:
        flow = queries.proposed_workflow(order)
        allowed = list(WorkflowStep.objects.filter(workflow=flow).order_by("position"))[1:]
        return allowed[:NEXT], allowed[NEXT:]
    allowed = transitions.allowed_next(tracking)
    ahead = [step for step in allowed if step.position > tracking.current_step.position]
    others = ahead[NEXT:] + [step for step in allowed if step not in ahead]
    return ahead[:NEXT], others


ROUTES = (
    ("work/", work, "work"),
    ("work/<int:pk>/", order, "work_order"),
    ("work/<int:pk>/record/", record, "work_record"),
    ("work/<int:pk>/files/", add_files, "work_files"),
    ("work/<int:pk>/files/<int:file_pk>/", file, "work_file"),
)
