"""Who works on an order: assigned for one order or for many."""

from collections.abc import Iterable, Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from desk import order_queries
from desk.base import clerk, counted, key_of, log, page
from desk.forms import AssignForm, AssignManyForm
from desk.models import Assignment
from desk.order_actions import order_form
from desk.submissions import submit
from partners.models import User
from repairs.models import RepairOrder

MAX_ORDERS = 1000
LIST = "admin:repairs_repairorder_changelist"


@order_form(AssignForm, "assign_form")
def assign(request: HttpRequest, order: RepairOrder, form: AssignForm) -> str:
    """Assigns one order, or takes it from whom it was assigned to."""
    return _store([order], form.cleaned_data["assignee"], by=clerk(request))


def choose(request: HttpRequest, orders: Iterable[RepairOrder]) -> HttpResponse:
    """Asks whom the ticked orders are to be assigned to."""
    pks = [str(order.pk) for order in orders]
    return _ask(request, AssignManyForm(initial={"orders": ",".join(pks)}), len(pks))


def assign_many(request: HttpRequest) -> HttpResponse:
    """Assigns the orders of the form."""
    form = AssignManyForm(request.POST)
    pks = [key for key in map(key_of, request.POST.get("orders", "").split(",")) if key]
    orders = list(order_queries.orders().filter(pk__in=pks[:MAX_ORDERS]))

    def write() -> str:
        to = _store(orders, form.cleaned_data["assignee"], by=clerk(request))
        log(request, to, *orders)
        return f"{counted(len(orders), 'order')}: {to}"

    return submit(request, form, write, reverse(LIST)) or _ask(request, form, len(orders))


def _store(orders: Sequence[RepairOrder], assignee: User | None, *, by: User) -> str:
    """Assigns the orders; returns a sentence that says so."""
    if assignee is None:
        Assignment.objects.filter(order__in=orders).delete()
        return "Assigned to nobody."
    Assignment.objects.bulk_create(
        (Assignment(order=order, assignee=assignee, assigned_by=by) for order in orders),
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=["assignee", "assigned_by", "assigned_at"],
    )
    return f"Assigned to {assignee}."


def _ask(request: HttpRequest, form: AssignManyForm, count: int) -> HttpResponse:
    title, url = f"Assign {counted(count, 'order')}", reverse("admin:repairs_repairorder_assign_many")
    context = {"form": form, "action": url, "button": "Assign", "back": reverse(LIST)}
    return page(request, "desk/form.html", title, RepairOrder, **context)
