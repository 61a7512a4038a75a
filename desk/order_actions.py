"""What the buttons of an order's page do: each acts once, on the order as the page showed it."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from desk import order_page
from desk.base import CHANGE_WORKFLOW, CORRECT, RECORD, VOID, action, clerk, posted, require
from desk.forms import CorrectionForm, NoteForm, OrderForm, RecordForm, StartForm, VoidForm
from desk.models import OrderNote
from desk.order_queries import order_or_404
from desk.queue import following, order_url, queue_of
from desk.standing import tracking_of
from desk.submissions import form_page, submit
from desk.widgets import DeskForm
from repairs import corrections
from repairs.corrections import ConflictError
from repairs.models import RepairOrder
from tracking import services, versions
from tracking.models import OrderTracking, TrackingEvent
from tracking.times import wire_date

ADMIN = TrackingEvent.Source.ADMIN

Write = Callable[[RepairOrder], str]


def act(
    request: HttpRequest,
    find: Callable[[], RepairOrder],
    form: DeskForm,
    write: Write,
    to: str | Callable[[], str],
) -> HttpResponse | None:
    """Runs `write` once for the order that `find` gives, enters the sentence that it returns into the
    order's history, and leads to `to`.

    Returns None where the form is refused. An `OrderForm` then carries the order's present version,
    unless another mistake kept the clerk from being told what has changed.
    """
    order = find()

    def checked_write() -> str:
        if isinstance(form, OrderForm):
            versions.require(order, form.cleaned_data["version"])
        return write(order)

    is_valid = form.is_valid()
    response = submit(request, form, checked_write, to, [order])
    if response is None and isinstance(form, OrderForm) and (is_valid or "version" in form.errors):
        form.resend("version", str(versions.version_of(tracking_of(find()))))
    return response


def act_on_page(
    request: HttpRequest,
    pk: int,
    form: DeskForm,
    write: Write,
    to: Callable[[], str] | None = None,
    **refused: Any,
) -> HttpResponse:
    """`act`, and the order's page with what was `refused` otherwise."""

    def find() -> RepairOrder:
        return order_or_404(pk)

    response = act(request, find, form, write, to or _url(request, pk))
    return response or order_page.show(request, find(), **refused)


@action
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins tracking in the chosen workflow."""
    require(request, RECORD)
    form = StartForm(request.POST)
    write = _in_chosen_workflow(request, form, services.start, "Started tracking in")
    return act_on_page(request, pk, form, write, start_form=form)


@action
def change_workflow(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves the order to another workflow."""
    require(request, CHANGE_WORKFLOW)
    form = StartForm(request.POST)
    write = _in_chosen_workflow(request, form, services.change_workflow, "Moved to")
    return act_on_page(request, pk, form, write, refused=form)


@action
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds a status, and goes on to the next order where that was asked for."""
    require(request, RECORD)
    form = RecordForm(request.POST)

    def write(order: RepairOrder) -> str:
        values = form.cleaned_data
        at, note = values["at"], values["note"]
        event = services.record(order, values["status"], at=at, by=clerk(request), source=ADMIN, note=note)
        recorded.append(event.pk)
        return f'Recorded "{values["status"]}" for {order.request_id}.'

    # Found before recording, which may take the order out of the list.
    queue = queue_of(request)
    goes_on = queue is not None and request.POST.get("then") == "next"
    after = following(request, queue, pk) if queue and goes_on else pk
    recorded: list[int] = []

    def target() -> str:
        if after is None and queue:
            return queue.url
        done = {"done": recorded[0]} if recorded else {}
        return queue.order_url(after or pk, **done) if queue else order_url(pk, **done)

    return act_on_page(request, pk, form, write, target, record_form=form)


@action
def void(request: HttpRequest, pk: int, event_pk: int) -> HttpResponse:
    """Takes an event back."""
    require(request, VOID)
    event = _event(pk, event_pk)
    form = VoidForm(request.POST)

    def write(order: RepairOrder) -> str:
        reason = form.cleaned_data["reason"]
        services.void(event, by=clerk(request), reason=reason)
        return f'Voided "{event.step}": {reason}'

    return act_on_page(request, pk, form, write, refused=form, refused_void=event_pk)


@action
def undo(request: HttpRequest, pk: int, event_pk: int) -> HttpResponse:
    """Takes back one's own last status within a minute."""
    require(request, RECORD)
    event = _event(pk, event_pk)
    form = OrderForm(request.POST)

    def write(order: RepairOrder) -> str:
        services.undo(event, by=clerk(request))
        return f'Undid "{event.step}" of {order.request_id}.'

    return act_on_page(request, pk, form, write, refused=form)


@action
def add_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds an internal note, which stands on the timeline and never in the API."""
    require(request, RECORD)
    form = NoteForm(request.POST)

    def write(order: RepairOrder) -> str:
        OrderNote.objects.create(order=order, text=form.cleaned_data["text"], written_by=clerk(request))
        return "Added a note."

    return act_on_page(request, pk, form, write, note_form=form)


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Corrects what the partner sent; each field's old and new text stand in the history."""
    require(request, CORRECT)
    order = order_or_404(pk)
    form = CorrectionForm(order, posted(request))

    def write() -> str | None:
        try:
            changes = corrections.correct(order, form.cleaned_data, form.seen())
        except ConflictError as error:
            for attribute, stored in error.stored.items():
                form.keep_as_seen(attribute, stored)
            reasons = {name: _conflict(order, stored) for name, stored in error.stored.items()}
            raise ValidationError(reasons) from error
        if not changes:
            return None
        fields = [f'{form[name].label}: "{old}" → "{new}"' for name, (old, new) in changes.items()]
        return f"Corrected {'; '.join(fields)}"

    title, back = f"Correct {order.request_id}", _url(request, pk)
    return form_page(request, title, order, form, write, button="Save corrections", back=back, logged=[order])


def _in_chosen_workflow(
    request: HttpRequest, form: StartForm, change: Callable[..., OrderTracking], what: str
) -> Write:
    def write(order: RepairOrder) -> str:
        workflow = form.cleaned_data["workflow"]
        change(order, workflow, by=clerk(request), source=ADMIN)
        return f"{what} the {workflow}."

    return write


def _conflict(order: RepairOrder, stored: str) -> str:
    """Error message: somebody else corrected the field while the form was open."""
    corrected = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(RepairOrder),
        object_id=str(order.pk),
        change_message__startswith="Corrected",
    )
    last = corrected.order_by("-pk").first()
    who = f"{last.user} on {wire_date(last.action_time)}" if last else "somebody else"
    return (
        f'Changed meanwhile to "{stored}" by {who}. Your text is kept here, not stored: '
        "save again to store it, or put the other text back."
    )


def _event(pk: int, event_pk: int) -> TrackingEvent:
    return get_object_or_404(TrackingEvent.objects.select_related("step"), pk=event_pk, tracking_id=pk)


def _url(request: HttpRequest, pk: int) -> str:
    """The order's page, which still knows the list that it was opened from."""
    queue = queue_of(request)
    return queue.order_url(pk) if queue else order_url(pk)
