"""What the buttons of an order's page do: each acts once, on the order as the page showed it."""

from collections.abc import Callable
from functools import wraps

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from desk import order_page
from desk.base import clerk, posted
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
from tracking.models import TrackingEvent
from tracking.times import wire_date

ADMIN = TrackingEvent.Source.ADMIN

Write = Callable[[RepairOrder], str]


def act(
    request: HttpRequest, order: RepairOrder, form: DeskForm, write: Write, to: str | Callable[[], str]
) -> HttpResponse | None:
    """Runs `write` once, enters the sentence that it returns into the order's history, and leads to `to`.

    Returns None where the form is refused. An `OrderForm` then carries the order's present version,
    unless another mistake kept the clerk from being told what has changed.
    """

    def checked_write() -> str:
        if isinstance(form, OrderForm):
            versions.require(order, form.cleaned_data["version"])
        return write(order)

    is_valid = form.is_valid()
    response = submit(request, form, checked_write, to, [order])
    if response is None and isinstance(form, OrderForm) and (is_valid or "version" in form.errors):
        present = tracking_of(order_or_404(order.pk))
        form.resend("version", str(versions.version_of(present)))
    return response


def order_form(
    form_class: type[DeskForm], shown_as: str = "refused"
) -> Callable[[Callable[..., str]], Callable[..., HttpResponse]]:
    """Makes a view of `(request, order, form, **more) -> sentence`, which runs once for a valid form.

    The page shows a refused form as `shown_as`, and with it `more`: what else the address names.
    """

    def made(do: Callable[..., str]) -> Callable[..., HttpResponse]:
        @wraps(do)
        def view(request: HttpRequest, pk: int, **more: int) -> HttpResponse:
            form = form_class(request.POST, request.FILES)

            def write(order: RepairOrder) -> str:
                return do(request, order, form, **more)

            response = act(request, order_or_404(pk), form, write, order_url(pk, queue_of(request)))
            return response or order_page.show(request, order_or_404(pk), **{shown_as: form}, **more)

        return view

    return made


@order_form(StartForm, "start_form")
def start(request: HttpRequest, order: RepairOrder, form: StartForm) -> str:
    """Begins tracking in the chosen workflow."""
    workflow = form.cleaned_data["workflow"]
    services.start(order, workflow, by=clerk(request), source=ADMIN)
    return f"Started tracking in the {workflow}."


@order_form(StartForm)
def change_workflow(request: HttpRequest, order: RepairOrder, form: StartForm) -> str:
    """Moves the order to another workflow."""
    workflow = form.cleaned_data["workflow"]
    services.change_workflow(order, workflow, by=clerk(request), source=ADMIN)
    return f"Moved to the {workflow}."


@order_form(VoidForm)
def void(request: HttpRequest, order: RepairOrder, form: VoidForm, void_pk: int) -> str:
    """Takes an event back."""
    event, reason = _event(order, void_pk), form.cleaned_data["reason"]
    services.void(event, by=clerk(request), reason=reason)
    return f'Voided "{event.step}": {reason}'


@order_form(OrderForm)
def undo(request: HttpRequest, order: RepairOrder, form: OrderForm, undo_pk: int) -> str:
    """Takes back one's own last status within a minute."""
    event = _event(order, undo_pk)
    services.undo(event, by=clerk(request))
    return f'Undid "{event.step}" of {order.request_id}.'


@order_form(NoteForm, "note_form")
def add_note(request: HttpRequest, order: RepairOrder, form: NoteForm) -> str:
    """Adds an internal note, which stands on the timeline and never in the API."""
    OrderNote.objects.create(order=order, text=form.cleaned_data["text"], written_by=clerk(request))
    return "Added a note."


def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds a status, and goes on to the next order where that was asked for."""
    form = RecordForm(request.POST)
    # Found before recording, which may take the order out of the list.
    queue = queue_of(request)
    goes_on = queue is not None and request.POST.get("then") == "next"
    after = following(request, queue, pk) if queue and goes_on else pk
    done: dict[str, int] = {}

    def write(order: RepairOrder) -> str:
        values = form.cleaned_data
        at, note = values["at"], values["note"]
        event = services.record(order, values["status"], at=at, by=clerk(request), source=ADMIN, note=note)
        done["done"] = event.pk
        return f'Recorded "{values["status"]}" for {order.request_id}.'

    def target() -> str:
        if after is None and queue:
            return queue.url
        return order_url(after or pk, queue, **done)

    response = act(request, order_or_404(pk), form, write, target)
    return response or order_page.show(request, order_or_404(pk), record_form=form)


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Corrects what the partner sent; each field's old and new text stand in the history."""
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

    title, back = f"Correct {order.request_id}", order_url(pk, queue_of(request))
    return form_page(request, title, order, form, write, button="Save corrections", back=back, logged=[order])


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


def _event(order: RepairOrder, pk: int) -> TrackingEvent:
    return get_object_or_404(TrackingEvent.objects.select_related("step"), pk=pk, tracking_id=order.pk)
