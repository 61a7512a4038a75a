"""Notes without a status: internal, on the order's timeline, never in the API."""

from django.http import HttpRequest, HttpResponse

from desk.base import action, require
from desk.internal import NoteForm
from desk.models import OrderNote
from desk.order_page import RECORD, clerk, find, log, show_refused
from desk.queue import order_url
from desk.submissions import submit


@action
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds a note to the order."""
    require(request, RECORD)
    order = find(pk)
    form = NoteForm(request.POST)

    def write() -> str:
        OrderNote.objects.create(order=order, text=form.cleaned_data["text"], written_by=clerk(request))
        log(request, order, "Added a note.")
        return "Added the note."

    response = submit(request, form, write, order_url(pk)) if form.is_valid() else None
    return response or show_refused(request, order, note_form=form)
