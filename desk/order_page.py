"""An order's page: everything about it at a glance, and the forms that this user may send."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from desk import estimate_card, order_queries
from desk.base import CHANGE_WORKFLOW, RECORD, clerk, key_of, page
from desk.forms import AssignForm, FilesForm, NoteForm, RecordForm, StartForm
from desk.models import OrderFile, OrderNote
from desk.order_queries import order_or_404
from desk.queue import following, order_url, queue_of
from desk.standing import assignee_of, standing_of, tracking_of
from repairs.models import RepairOrder
from tracking import queries, services, transitions, versions
from tracking.models import OrderTracking, TrackingEvent, WorkflowStep
from tracking.snapshots import statuses

Entry = tuple[TrackingEvent | OrderNote, str]


def show(request: HttpRequest, order: RepairOrder, **refused: Any) -> HttpResponse:
    """Shows the page; a refused form, given by its name on the page, keeps what was typed."""
    user, tracking = clerk(request), tracking_of(order)
    is_open = tracking is not None and not tracking.is_closed
    may_record = user.has_perm(RECORD)
    earlier = order_queries.related(order)
    figures = order_queries.figures(request)
    context: dict[str, Any] = {
        "order": order,
        "tracking": tracking,
        "standing": standing_of(order, figures.now, order_queries.new_hours(figures.steps)),
        "assignee": assignee_of(order),
        "earlier": [(other, standing_of(other)) for other in earlier],
        "is_repeat": order_queries.is_repeat(order, earlier),
        "queue": queue_of(request),
        "undo": _just_recorded(request) if may_record else None,
        "is_open": is_open,
        "may_raise": may_record and (is_open or tracking is None),
        "history": _timeline(order, tracking),
        "files": OrderFile.objects.filter(order=order).select_related("added_by"),
        "estimates": estimate_card.cards(order),
    }
    if may_record:
        context |= _forms(order, figures.steps, refused)
    if tracking and is_open and user.has_perm(CHANGE_WORKFLOW):
        flows = dict.fromkeys(step.workflow for step in figures.steps)
        context["other_workflows"] = [flow for flow in flows if flow.pk != tracking.workflow_id]
    title = f"{order.request_id} · {order.customer_name}"
    return page(request, "desk/order.html", title, order, **{**context, **refused})


def job_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The order on one page to print, with room for what was done and for a signature."""
    order = order_or_404(pk)
    context = {"order": order, "standing": standing_of(order), "assignee": assignee_of(order)}
    return render(request, "desk/job_sheet.html", context)


def skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Redirects to the next order of the list that the page was opened from, or to the list."""
    queue = queue_of(request)
    if queue is None:
        return redirect(order_url(pk))
    after = following(request, queue, pk)
    return redirect(queue.url if after is None else order_url(after, queue))


def _just_recorded(request: HttpRequest) -> TrackingEvent | None:
    """The status that led to this page, while it can be undone."""
    done = key_of(request.GET.get("done", ""))
    events = TrackingEvent.objects.select_related("step", "tracking__order")
    event = events.filter(pk=done, recorded_by=clerk(request)).first() if done else None
    return event if event and services.may_undo(event, clerk(request)) else None


def _forms(order: RepairOrder, steps: Sequence[WorkflowStep], refused: dict[str, Any]) -> dict[str, Any]:
    """The forms for whoever may record, as they stand before anything is typed."""
    forms: dict[str, Any] = {
        "note_form": NoteForm(),
        "files_form": FilesForm(),
        "assign_form": AssignForm(initial={"assignee": assignee_of(order)}),
    }
    tracking = tracking_of(order)
    if tracking is None:
        initial = {"workflow": queries.proposed_workflow(order), "version": versions.NOT_STARTED}
        return {**forms, "start_form": StartForm(initial=initial)}
    allowed = transitions.allowed_of(steps, tracking)
    if allowed or "record_form" in refused:
        form = refused.get("record_form") or RecordForm(initial={"version": tracking.version})
        form.offer_next(allowed, tracking.current_step)
        forms["record_form"] = form
    return forms


def _timeline(order: RepairOrder, tracking: OrderTracking | None) -> list[Entry]:
    """The events and the notes in the order in which they were entered; a note has no status text.

    An event's text is as partners see it, or as it was before it was voided.
    """
    notes = OrderNote.objects.filter(order=order).select_related("written_by")
    entered: list[tuple[datetime, Entry]] = [(note.written_at, (note, "")) for note in notes]
    if tracking:
        events = queries.full_history(tracking)
        visible = [event for event in events if event.voided_at is None]
        numbered = statuses((event.step.code, event.step.numbered) for event in visible)
        texts = {event.pk: text for event, text in zip(visible, numbered, strict=True)}
        entered += [(event.recorded_at, (event, texts.get(event.pk, event.step.code))) for event in events]
    # Stable, and events of one moment stand in their own order.
    return [entry for _, entry in sorted(entered, key=itemgetter(0))]
