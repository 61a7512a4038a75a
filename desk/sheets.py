"""A status sheet uploaded at the desk: validated and previewed, then recorded on a second press."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from desk import reports
from desk.base import clerk, page, posted
from desk.forms import SheetForm
from desk.models import SheetPreview
from desk.submissions import submit
from desk.widgets import DeskForm
from repairs.bulk.orders_sheet import MEDIA_TYPE
from repairs.models import RepairOrder
from tracking import status_sheet, versions
from tracking.models import OrderTracking
from tracking.status_sheet import Line, SheetError


def upload(request: HttpRequest) -> HttpResponse:
    """Validates the workbook and redirects to its preview; records nothing."""
    form = SheetForm(posted(request), request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["sheet"]
        content = file.read()
        try:
            lines = status_sheet.validate(status_sheet.read(content), by=clerk(request))
        except SheetError as error:
            form.add_error("sheet", str(error))
        else:
            kept = _keep(request, file.name, content, lines)
            return redirect("admin:repairs_repairorder_sheet_preview", kept.pk)
    context = {"form": form, "columns": status_sheet.COLUMNS, "required": status_sheet.REQUIRED}
    return page(request, "desk/sheet.html", "Status sheet", RepairOrder, **context)


def preview(request: HttpRequest, sheet_id: UUID) -> HttpResponse:
    """Shows which rows would be recorded; one's own previews only."""
    return _show(request, sheet_id, DeskForm())


def apply(request: HttpRequest, sheet_id: UUID) -> HttpResponse:
    """Records what this preview's workbook says, once, and leads to the report."""
    form = DeskForm(request.POST)

    def write() -> None:
        kept = SheetPreview.objects.select_for_update().get(pk=sheet_id, user=clerk(request))
        reports.keep(request, f"Status sheet {kept.file_name}: ", _run(request, kept))
        kept.delete()

    try:
        response = submit(request, form, write, partial(reports.url, request))
    except SheetPreview.DoesNotExist:
        response = None
    return response or _show(request, sheet_id, form)


def _run(request: HttpRequest, kept: SheetPreview) -> list[Line]:
    """Records the rows, except those of orders that have changed since the preview."""
    stale = versions.lock({int(pk): version for pk, version in kept.versions.items()})
    lines = status_sheet.read(bytes(kept.content))
    fresh = [
        replace(line, change=None, refusal=stale[line.change.order.pk])
        if line.change and line.change.order.pk in stale
        else line
        for line in lines
    ]
    return status_sheet.run(fresh, by=clerk(request))


def _keep(request: HttpRequest, file_name: str, content: bytes, lines: list[Line]) -> SheetPreview:
    pks = {line.change.order.pk for line in lines if line.change}
    started = OrderTracking.objects.filter(pk__in=pks).values_list("pk", "version")
    return SheetPreview.objects.create(
        user=clerk(request),
        file_name=file_name[:255],
        content=content,
        lines=reports.rows(lines),
        versions=dict.fromkeys(pks, versions.NOT_STARTED) | dict(started),
    )


def template(request: HttpRequest) -> HttpResponse:
    """The empty sheet to fill in."""
    from tracking.status_sheet_template import build  # loads openpyxl

    headers = {"Content-Disposition": 'attachment; filename="statuses.xlsx"'}
    return HttpResponse(build(), content_type=MEDIA_TYPE, headers=headers)


def _show(request: HttpRequest, sheet_id: UUID, form: DeskForm) -> HttpResponse:
    kept = SheetPreview.objects.defer("content").filter(pk=sheet_id, user=clerk(request)).first()
    if kept is None:
        gone = "This preview was recorded, or is more than a day old. Upload the sheet again."
        messages.warning(request, gone)
        return redirect("admin:repairs_repairorder_sheet")
    table = reports.shown(request, kept.lines)
    title = f"Preview of {kept.file_name}: {table['good_count']} to record, {table['refused_count']} refused"
    url = reverse("admin:repairs_repairorder_sheet_apply", args=[kept.pk])
    return page(request, "desk/sheet_preview.html", title, RepairOrder, **table, form=form, action=url)
