"""An order's page: everything about it at a glance, and the buttons that move it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from desk import estimate_card, internal, order_queries
from desk.base import action, form_page, key_of, page, posted, require
from desk.forms import CorrectionForm, OrderForm, RecordForm, StartForm, VoidForm
from desk.models import OrderNote
from desk.queue import following, order_url, queue_of
from desk.standing import span, standing_of, tracking_of
from desk.submissions import submit
from partners.models import User
from repairs import corrections
from repairs.corrections import ConflictError
from repairs.models import RepairOrder
from tracking import queries, services, transitions, versions
from tracking.models import OrderTracking, TrackingEvent, WorkflowStep
from tracking.snapshots import statuses
from tracking.times import wire_date
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
    return _page(request, find(object_id))


def job_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The order on one page to print, with room for what was done and for a signature."""
    require(request, VIEW)
    order = find(pk)
    context = {"order": order, "standing": standing_of(order), "assignee": internal.assignee_of(order)}
    return render(request, "desk/job_sheet.html", context)


def skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads to the next order of the list that the page was opened from, or back to the list."""
    require(request, VIEW)
    return redirect(_next_url(request, pk))


@action
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins tracking in the chosen workflow."""
    require(request, RECORD)
    form = StartForm(request.POST)

    def write(order: RepairOrder) -> str:
        workflow = form.cleaned_data["workflow"]
        services.start(order, workflow, by=clerk(request), source=ADMIN)
        return f"Started tracking in the {workflow}."

    return _act(request, pk, form, write) or _page(request, find(pk), start_form=form)


@action
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds a status."""
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

    return _act(request, pk, form, write, target) or _page(request, find(pk), record_form=form)


@action
def void(request: HttpRequest, pk: int, event_pk: int) -> HttpResponse:
    """Takes an event back."""
    require(request, VOID)
    event = get_object_or_404(TrackingEvent.objects.select_related("step"), pk=event_pk, tracking_id=pk)
    form = VoidForm(request.POST)

    def write(order: RepairOrder) -> str:
        reason = form.cleaned_data["reason"]
        services.void(event, by=clerk(request), reason=reason)
        return f'Voided "{event.step}": {reason}'

    if response := _act(request, pk, form, write):
        return response
    reason = form.data.get("reason", "")
    refusal = form.non_field_errors()
    return _page(request, find(pk), refusal=refusal, refused_void=event_pk, refused_reason=reason)


@action
def undo(request: HttpRequest, pk: int, event_pk: int) -> HttpResponse:
    """Takes back one's own last status within a minute."""
    require(request, RECORD)
    event = get_object_or_404(TrackingEvent.objects.select_related("step"), pk=event_pk, tracking_id=pk)
    form = OrderForm(request.POST)

    def write(order: RepairOrder) -> str:
        services.undo(event, by=clerk(request))
        return f'Undid "{event.step}" of {order.request_id}.'

    return _act(request, pk, form, write) or _page(request, find(pk), refusal=form.non_field_errors())


@action
def change_workflow(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves the order to another workflow."""
    require(request, CHANGE_WORKFLOW)
    form = StartForm(request.POST)

    def write(order: RepairOrder) -> str:
        workflow = form.cleaned_data["workflow"]
        services.change_workflow(order, workflow, by=clerk(request), source=ADMIN)
        return f"Moved to the {workflow}."

    return _act(request, pk, form, write) or _page(request, find(pk), refusal=form.non_field_errors())


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Corrects what the partner sent; each field's old and new text stand in the history."""
    require(request, CORRECT)
    order = find(pk)
    form = CorrectionForm(order, posted(request))

    def write() -> str | None:
        changes = corrections.correct(order, form.cleaned_data, form.seen())
        fields = [f'{form[name].label}: "{old}" → "{new}"' for name, (old, new) in changes.items()]
        what = f"Corrected {'; '.join(fields)}" if fields else None
        if what:
            log(request, order, what)
        return what

    if form.is_valid():
        try:
            response = submit(request, form, write, _url(request, pk))
        except DomainError as error:
            response = None
            for attribute, reasons in (error.errors or {}).items():
                form.add_error(attribute, reasons)
        except ConflictError as error:
            response = None
            for attribute, stored in error.stored.items():
                form.show_conflict(attribute, stored, _conflict(order, stored))
        if response is not None:
            return response
    title = f"Correct {order.request_id}"
    return form_page(request, title, order, form, submit="Save corrections", back=_url(request, pk))


def _conflict(order: RepairOrder, stored: str) -> str:
    """The sentence for a field that somebody else corrected while the form was open."""
    last = history_of(order).filter(change_message__startswith="Corrected").first()
    who = f"{last.user} on {wire_date(last.action_time)}" if last else "somebody else"
    return (
        f'Changed meanwhile to "{stored}" by {who}. Your text is kept here, not stored: '
        "save again to store it, or put the other text back."
    )


def history_of(order: RepairOrder) -> QuerySet[LogEntry]:
    """What staff did to this order, newest first."""
    content_type = ContentType.objects.get_for_model(RepairOrder)
    return LogEntry.objects.filter(content_type=content_type, object_id=str(order.pk)).order_by("-pk")


def _act(
    request: HttpRequest,
    pk: int,
    form: OrderForm,
    write: Callable[[RepairOrder], str],
    to: Callable[[], str] | None = None,
) -> HttpResponse | None:
    """Runs `write` once, for the order as the page showed it, together with its history entry.

    Leads to `to` afterwards, or to the order's page again.
    Returns None where the form is refused; it is then ready to be shown on the present page.
    """
    order = find(pk)

    def write_and_log() -> str:
        versions.require(order, form.cleaned_data["version"])
        what = write(order)
        log(request, order, what)
        return what

    is_sent = form.is_valid()
    if is_sent and (response := submit(request, form, write_and_log, to or _url(request, pk))):
        return response
    if is_sent or "version" in form.errors:  # else nobody has been told yet what changed meanwhile
        form.renew(versions.version_of(tracking_of(find(pk))))
    return None


def show_refused(request: HttpRequest, order: RepairOrder, **refused: Any) -> HttpResponse:
    """The page with a form that was refused, under the name that the page gives it."""
    return _page(request, order, **refused)


def find(pk: object) -> RepairOrder:
    """The order with all that its page tells of it; 404 for an order of a sandbox partner."""
    joined = order_queries.orders().select_related(
        "partner", "tracking__current_step", "tracking__workflow", "assignment__assignee"
    )
    return get_object_or_404(joined, pk=key_of(str(pk)))


def _url(request: HttpRequest, pk: int) -> str:
    """The order's page, which still knows the list that it was opened from."""
    queue = queue_of(request)
    return queue.order_url(pk) if queue else order_url(pk)


def _next_url(request: HttpRequest, pk: int) -> str:
    queue = queue_of(request)
    if queue is None:
        return order_url(pk)
    following_pk = following(request, queue, pk)
    return queue.url if following_pk is None else queue.order_url(following_pk)


def _just_recorded(request: HttpRequest) -> TrackingEvent | None:
    """The status that led to this page, while it can be undone."""
    done = key_of(request.GET.get("done", ""))
    if not done:
        return None
    events = TrackingEvent.objects.select_related("step", "tracking__order")
    event = events.filter(pk=done, recorded_by=clerk(request)).first()
    return event if event and services.may_undo(event, clerk(request)) else None


def _page(request: HttpRequest, order: RepairOrder, **given: Any) -> HttpResponse:
    user, tracking = clerk(request), tracking_of(order)
    earlier = order_queries.related(order)
    figures = order_queries.figures(request)
    standing = standing_of(order, figures.now, order_queries.new_hours(figures.steps))
    context: dict[str, Any] = {
        "order": order,
        "tracking": tracking,
        "standing": standing,
        "waited": span(standing.waited),
        "age": span(standing.age),
        "over": span(standing.over) if standing.over else "",
        "earlier": [(other, standing_of(other)) for other in earlier],
        "is_repeat": order_queries.is_repeat(order, earlier),
        "queue": queue_of(request),
        "undo": _just_recorded(request) if user.has_perm(RECORD) else None,
        "is_open": tracking is not None and not tracking.is_closed,
        "may_correct": user.has_perm(CORRECT),
        "may_void": user.has_perm(VOID),
        "current_pk": tracking.current_event_id if tracking else None,
        "estimates": estimate_card.cards(order),
        "may_raise": user.has_perm(RECORD) and not (tracking and tracking.is_closed),
    }
    context |= _forms(user, order, figures.steps, given)
    context |= internal.context(order, given, may_write=user.has_perm(RECORD))
    context["history"] = _timeline(tracking, context["notes"])
    title = f"{order.request_id} · {order.customer_name}"
    return page(request, "desk/order.html", title, order, **given, **context)


def _forms(
    user: User, order: RepairOrder, steps: Sequence[WorkflowStep], refused: dict[str, Any]
) -> dict[str, Any]:
    """The forms that this user may send now; a refused one keeps what was typed."""
    tracking, forms = tracking_of(order), {}
    if user.has_perm(RECORD) and tracking is None:
        forms["start_form"] = refused.pop("start_form", None) or _start_form(order)
    elif tracking and user.has_perm(RECORD):
        forms["record_form"] = _record_form(tracking, steps, refused.pop("record_form", None))
    if tracking and not tracking.is_closed and user.has_perm(CHANGE_WORKFLOW):
        workflows = dict.fromkeys(step.workflow for step in steps)
        forms["other_workflows"] = [flow for flow in workflows if flow.pk != tracking.workflow_id]
    return forms


def _start_form(order: RepairOrder) -> StartForm:
    return StartForm(initial={"workflow": queries.proposed_workflow(order), "version": versions.NOT_STARTED})


def _record_form(
    tracking: OrderTracking, steps: Sequence[WorkflowStep], refused: RecordForm | None
) -> RecordForm | None:
    allowed = transitions.allowed_of(steps, tracking)
    if not allowed and refused is None:
        return None
    form = refused or RecordForm(initial={"version": tracking.version})
    form.offer_next(allowed, tracking.current_step)
    return form


def _timeline(
    tracking: OrderTracking | None, notes: Sequence[OrderNote]
) -> list[tuple[TrackingEvent | OrderNote, str]]:
    """The events and the notes in the order in which they were entered; a note has no status text."""
    entries: list[tuple[TrackingEvent | OrderNote, str]] = [(note, "") for note in notes]
    entries += _history(tracking) if tracking else []
    # Stable, and events of one moment stand in their own order.
    return sorted(entries, key=lambda entry: _entered_at(entry[0]))


def _entered_at(entry: TrackingEvent | OrderNote) -> datetime:
    return entry.written_at if isinstance(entry, OrderNote) else entry.recorded_at


def _history(tracking: OrderTracking) -> list[tuple[TrackingEvent, str]]:
    """Every event with its status text: as partners see it, or as it was before it was voided."""
    events = queries.full_history(tracking)
    visible = [event for event in events if event.voided_at is None]
    numbered = statuses((event.step.code, event.step.numbered) for event in visible)
    texts = {event.pk: text for event, text in zip(visible, numbered, strict=True)}
    return [(event, texts.get(event.pk, event.step.code)) for event in events]
