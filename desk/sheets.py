"""A status sheet: read, shown as it would fare, applied on a second press."""

from base64 import b64decode, b64encode
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from desk.base import page, posted, require
from desk.batch import log_recorded
from desk.forms import SheetForm
from desk.order_page import RECORD, clerk
from repairs.models import RepairOrder
from tracking import status_sheet
from tracking.status_sheet import Line, SheetError

# Between preview and applying the workbook lies in the session, which is ours, unlike a form.
SESSION_KEY = "desk_status_sheet"


def upload(request: HttpRequest) -> HttpResponse:
    """Takes the workbook and shows how each row would fare; nothing is recorded."""
    require(request, RECORD)
    form = SheetForm(posted(request), request.FILES or None)
    if form.is_valid():
        file: UploadedFile[Any] = form.cleaned_data["sheet"]
        content = file.read()
        try:
            lines = status_sheet.judge(status_sheet.read(content), by=clerk(request))
        except SheetError as error:
            form.add_error("sheet", str(error))
        else:
            request.session[SESSION_KEY] = b64encode(content).decode()
            return _lines(request, lines, f"Preview of {file.name}", is_preview=True)
    context = {"form": form, "columns": status_sheet.COLUMNS, "required": status_sheet.REQUIRED}
    return page(request, "desk/sheet.html", "Status sheet", RepairOrder, **context)


@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Records what the previewed workbook says, once, row by row."""
    require(request, RECORD)
    content = request.session.pop(SESSION_KEY, None)
    if content is None:
        return redirect("admin:repairs_repairorder_sheet")
    lines = status_sheet.run(status_sheet.read(b64decode(content)), by=clerk(request))
    log_recorded(request, ((line.status, line.change.order) for line in lines if line.event and line.change))
    return _lines(request, lines, "Status sheet")


def _lines(request: HttpRequest, lines: list[Line], what: str, *, is_preview: bool = False) -> HttpResponse:
    refused = sum(line.refusal is not None for line in lines)
    good = len(lines) - refused
    title = f"{what}: {good} {'to record' if is_preview else 'recorded'}, {refused} refused"
    context = {"lines": lines, "good": good, "is_preview": is_preview}
    return page(request, "desk/sheet_lines.html", title, RepairOrder, **context)
