"""What a technician sees, on a phone: the orders assigned to them, and nothing else of the desk."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from desk import order_files, order_queries
from desk.base import VIEW, WORK, clerk
from desk.forms import FilesForm, RecordForm
from desk.lists import Button, Page
from desk.models import OrderFile
from desk.order_actions import ADMIN, Write, act
from desk.standing import allowed_steps, standing_of, tracking_of
from desk.widgets import DeskForm
from repairs.models import RepairOrder
from tracking import queries, services, versions
from tracking.models import WorkflowStep
from tracking.services import Change

# Further pages for them: logging in and out.
_ALLOWED = ("login", "logout", "password_change", "password_change_done")
_PREFIX = "repairs_repairorder_work"
# The steps ahead that get a large button; the others stand under "Other".
NEXT = 2
MAX_SHOWN = 200


class Confine:
    """Middleware: keeps a user who may only work on their own orders to the pages about them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        """Redirects a GET, and refuses other methods."""
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
    opened = _mine(request).exclude(tracking__is_closed=True)
    orders = opened.order_by("tracking__current_since", "pk")[:MAX_SHOWN]
    rows = [(order, standing_of(order)) for order in orders]
    return render(request, "desk/my_work/list.html", {"title": "My work", "rows": rows})


def order(request: HttpRequest, pk: int) -> HttpResponse:
    """One order: whom to call, where to go, what comes next."""
    return _show(request, _own(request, pk))


def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Records the status of the button that was pressed; starts tracking where it has not begun."""
    form = RecordForm(request.POST)

    def write(order: RepairOrder) -> str:
        code, note = form.cleaned_data["status"], form.cleaned_data["note"]
        services.apply(Change(order, code, note=note), by=clerk(request), source=ADMIN)
        return f'Recorded "{code}" on site.'

    return _act(request, pk, form, write)


def add_files(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds photos."""
    form = FilesForm(request.POST, request.FILES)

    def write(order: RepairOrder) -> str:
        return order_files.store(order, form.cleaned_data["uploads"], by=clerk(request))

    return _act(request, pk, form, write)


def file(request: HttpRequest, pk: int, file_pk: int) -> HttpResponseBase:
    """A photo or PDF of one's own order."""
    return order_files.serve(request, _own(request, pk), file_pk)


def _mine(request: HttpRequest) -> QuerySet[RepairOrder]:
    mine = order_queries.orders().filter(assignment__assignee=clerk(request))
    return mine.select_related("tracking__current_step", "tracking__workflow")


def _own(request: HttpRequest, pk: int) -> RepairOrder:
    return get_object_or_404(_mine(request), pk=pk)


def _act(request: HttpRequest, pk: int, form: DeskForm, write: Write) -> HttpResponse:
    url = reverse(f"admin:{_PREFIX}_order", args=[pk])
    return act(request, _own(request, pk), form, write, url) or _show(request, _own(request, pk), form)


def _show(request: HttpRequest, order: RepairOrder, refused: DeskForm | None = None) -> HttpResponse:
    """The page; a status that was refused is shown as it was sent."""
    tracking, standing = tracking_of(order), standing_of(order)
    ahead, others = _next_steps(order)
    address = ", ".join(filter(None, (order.address_line1, order.address_line2, order.city, order.pincode)))
    sent = refused.data if isinstance(refused, RecordForm) else {}
    context = {
        "title": order.customer_name,
        "order": order,
        "standing": standing,
        "version": sent.get("version", versions.version_of(tracking)),
        "ahead": ahead,
        "others": others,
        "address": address,
        "files": OrderFile.objects.filter(order=order),
        "note": sent.get("note", ""),
        "errors": [error for errors in refused.errors.values() for error in errors] if refused else [],
    }
    return render(request, "desk/my_work/order.html", context)


def _next_steps(order: RepairOrder) -> tuple[list[WorkflowStep], list[WorkflowStep]]:
    """The steps that are next on the way, and the others that may be recorded."""
    tracking = tracking_of(order)
    allowed = allowed_steps(order, queries.all_steps())
    here = tracking.current_step.position if tracking else allowed[0].position
    ahead = [step for step in allowed if step.position > here]
    back = [step for step in allowed if step.position <= here] if tracking else []
    return ahead[:NEXT], ahead[NEXT:] + back


PAGES = (
    Page("work/", work, "work", WORK),
    Page("work/<int:pk>/", order, "work_order", WORK),
    Button("work/<int:pk>/record/", record, "work_record", WORK),
    Button("work/<int:pk>/files/", add_files, "work_files", WORK),
    Page("work/<int:pk>/files/<int:file_pk>/", file, "work_file", WORK),
)
