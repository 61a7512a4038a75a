"""Who works on an order: assigned for one order or for many."""

from collections.abc import Sequence

from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from desk import order_queries
from desk.base import action, key_of, page, require
from desk.internal import MAX_ORDERS, AssignForm, AssignManyForm
from desk.models import Assignment
from desk.order_page import RECORD, clerk, find, show_refused
from desk.queue import order_url
from desk.submissions import submit
from partners.models import User
from repairs.models import RepairOrder


@action
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Assigns one order, or takes it from whom it was assigned to."""
    require(request, RECORD)
    order = find(pk)
    form = AssignForm(request.POST)

    def write() -> str:
        return store(request, [order], form.cleaned_data["assignee"])

    response = submit(request, form, write, order_url(pk)) if form.is_valid() else None
    return response or show_refused(request, order, assign_form=form)


def choose(request: HttpRequest, orders: Sequence[RepairOrder]) -> HttpResponse:
    """Asks whom the ticked orders are to be assigned to."""
    require(request, RECORD)
    form = AssignManyForm(initial={"orders": ",".join(str(order.pk) for order in orders)})
    return _ask(request, form, len(orders))


@action
def assign_many(request: HttpRequest) -> HttpResponse:
    """Assigns the orders of the form."""
    require(request, RECORD)
    form = AssignManyForm(request.POST)
    keys = map(key_of, request.POST.get("orders", "").split(","))
    pks = [key for key in keys if key][:MAX_ORDERS]
    orders = list(order_queries.orders().filter(pk__in=pks))

    def write() -> str:
        return store(request, orders, form.cleaned_data["assignee"])

    to = reverse("admin:repairs_repairorder_changelist")
    response = submit(request, form, write, to) if form.is_valid() else None
    return response or _ask(request, form, len(orders))


def store(request: HttpRequest, orders: Sequence[RepairOrder], assignee: User | None) -> str:
    """Assigns the orders and enters it into their histories; returns a sentence that says so."""
    if assignee is None:
        Assignment.objects.filter(order__in=orders).delete()
    else:
        Assignment.objects.bulk_create(
            (Assignment(order=order, assignee=assignee, assigned_by=clerk(request)) for order in orders),
            update_conflicts=True,
            unique_fields=["order"],
            update_fields=["assignee", "assigned_by", "assigned_at"],
        )
    to = f"Assigned to {assignee}." if assignee else "Assigned to nobody."
    LogEntry.objects.log_actions(clerk(request).pk, orders, CHANGE, to)
    return f"{len(orders)} orders: {to}" if len(orders) > 1 else to


def _ask(request: HttpRequest, form: AssignManyForm, count: int) -> HttpResponse:
    title = f"Assign {count} order{'' if count == 1 else 's'}"
    context = {"form": form, "action": reverse("admin:repairs_repairorder_assign_many")}
    return page(request, "desk/assign.html", title, RepairOrder, **context)
