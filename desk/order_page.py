"""An order's page: everything about it at a glance, and the buttons that move it."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from desk import order_queries
from desk.base import form_page, page, posted, require
from desk.forms import CorrectionForm, RecordForm, StartForm, VoidForm
from desk.standing import span, standing_of, tracking_of
from partners.models import User
from repairs import corrections
from repairs.models import RepairOrder
from tracking import queries, services
from tracking.models import OrderTracking, TrackingEvent, Workflow
from tracking.snapshots import statuses
from warrantify.http.errors import DomainError

ADMIN = TrackingEvent.Source.ADMIN
VIEW, CORRECT = "repairs.view_repairorder", "repairs.change_repairorder"
RECORD, VOID = "tracking.add_trackingevent", "tracking.change_trackingevent"
CHANGE_WORKFLOW = "tracking.change_ordertracking"


def log(request: HttpRequest, order: RepairOrder, what: str) -> None:
    """Enters `what` into the order's history."""
    LogEntry.objects.log_actions(clerk(request).pk, [order], CHANGE, what, single_object=True)


def clerk(request: HttpRequest) -> User:
    """Who is at the desk."""
    return cast(User, request.user)


def show(request: HttpRequest, object_id: str) -> HttpResponse:
    """The page; 404 for an order of a sandbox partner."""
    require(request, VIEW)
    return _page(request, _order(object_id))


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins tracking in the chosen workflow."""
    require(request, RECORD)
    order = _order(pk)
    form = StartForm(request.POST)
    if form.is_valid():
        workflow = form.cleaned_data["workflow"]
        if _done(form, lambda: services.start(order, workflow, by=clerk(request), source=ADMIN)):
            return _back(request, order, f"Started tracking in the {workflow}.")
    return _page(request, order, start_form=form)


@require_POST
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds a status."""
    require(request, RECORD)
    order = _order(pk)
    form = _record_form(tracking_of(order), request)
    if form is not None and form.is_valid():
        code, at, note = (form.cleaned_data[name] for name in ("status", "at", "note"))
        write = {"at": at, "by": clerk(request), "source": ADMIN, "note": note}
        if _done(form, lambda: services.record(order, code, **write)):
            return _back(request, order, f'Recorded "{code}".')
    return _page(request, order, record_form=form)


@require_POST
def void(request: HttpRequest, pk: int, event_pk: int) -> HttpResponse:
    """Takes an event back."""
    require(request, VOID)
    order = _order(pk)
    event = get_object_or_404(TrackingEvent.objects.select_related("step"), pk=event_pk, tracking_id=pk)
    form = VoidForm(request.POST)
    reason = form.data.get("reason", "")
    if _done(form, lambda: services.void(event, by=clerk(request), reason=reason)):
        return _back(request, order, f'Voided "{event.step}": {reason}')
    return _page(request, order, refusal=form.non_field_errors())


@require_POST
def change_workflow(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves the order to another workflow."""
    require(request, CHANGE_WORKFLOW)
    order = _order(pk)
    form = StartForm(request.POST)
    if form.is_valid():
        workflow = form.cleaned_data["workflow"]
        if _done(form, lambda: services.change_workflow(order, workflow, by=clerk(request), source=ADMIN)):
            return _back(request, order, f"Moved to the {workflow}.")
    return _page(request, order, refusal=form.non_field_errors())


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Mends what the partner sent; each field's old and new text stand in the history."""
    require(request, CORRECT)
    order = _order(pk)
    form = CorrectionForm(order, posted(request))
    if form.is_valid():
        try:
            changes = corrections.correct(order, form.cleaned_data)
        except DomainError as error:
            for attribute, reasons in (error.errors or {}).items():
                form.add_error(attribute, reasons)
        else:
            fields = [f'{form[name].label}: "{old}" → "{new}"' for name, (old, new) in changes.items()]
            return _back(request, order, "Corrected " + "; ".join(fields)) if fields else _to(order)
    title = f"Correct {order.request_id}"
    back = _to(order).url
    return form_page(request, title, order, form, submit="Save corrections", back=back)


def _order(pk: object) -> RepairOrder:
    joined = order_queries.orders().select_related(
        "partner", "created_by", "tracking__current_step", "tracking__workflow"
    )
    try:
        key = int(str(pk))
    except ValueError:
        key = 0
    return get_object_or_404(joined, pk=key)


def _to(order: RepairOrder) -> Any:
    return redirect("admin:repairs_repairorder_change", order.pk)


def _back(request: HttpRequest, order: RepairOrder, what: str) -> HttpResponse:
    log(request, order, what)
    messages.success(request, what)
    return cast(HttpResponse, _to(order))


def _done(form: forms.Form, write: Any) -> bool:
    """Runs a service; a refusal becomes the form's error."""
    try:
        write()
    except services.TrackingError as error:
        form.is_valid()
        form.add_error(None, str(error))
        return False
    return True


def _record_form(tracking: OrderTracking | None, request: HttpRequest | None = None) -> RecordForm | None:
    if tracking is None:
        return None
    allowed = queries.allowed_next(tracking)
    data = request.POST if request is not None else None
    return RecordForm(allowed, tracking.current_step, data) if allowed else None


def _page(request: HttpRequest, order: RepairOrder, **given: Any) -> HttpResponse:
    user, tracking = clerk(request), tracking_of(order)
    standing, earlier = standing_of(order), order_queries.related(order)
    context: dict[str, Any] = {
        "order": order,
        "tracking": tracking,
        "standing": standing,
        "waited": span(standing.waited),
        "age": span(standing.age),
        "earlier": [(other, standing_of(other)) for other in earlier],
        "is_repeat": order_queries.is_repeat(order, earlier),
        "may_correct": user.has_perm(CORRECT),
        "may_void": user.has_perm(VOID),
        "history": _history(tracking) if tracking else [],
    }
    if user.has_perm(RECORD):
        context["record_form"] = given.pop("record_form", None) or _record_form(tracking)
        context["start_form"] = given.pop("start_form", None) or (None if tracking else _start_form(order))
    if tracking and not tracking.is_closed and user.has_perm(CHANGE_WORKFLOW):
        context["other_workflows"] = Workflow.objects.exclude(pk=tracking.workflow_id)
    title = f"{order.request_id} · {order.customer_name}"
    return page(request, "desk/order.html", title, order, **context, **given)


def _start_form(order: RepairOrder) -> StartForm:
    return StartForm(initial={"workflow": queries.proposed_workflow(order)})


def _history(tracking: OrderTracking) -> list[tuple[TrackingEvent, str]]:
    """Every event with its status text: as partners see it, or as it was before it was voided."""
    events = queries.full_history(tracking)
    visible = [event for event in events if event.voided_at is None]
    numbered = statuses((event.step.code, event.step.numbered) for event in visible)
    texts = {event.pk: text for event, text in zip(visible, numbered, strict=True)}
    return [(event, texts.get(event.pk, event.step.code)) for event in events]
