"""Uploads on the desk: the outcome of each row, the annotated workbook, and its mail."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from desk.base import badge, key_of, page, require
from desk.filters import start_of_day
from desk.lists import Button, Page, ReadOnlyAdmin, filter_by
from desk.submissions import press
from outbox import queue
from outbox.models import Message
from repairs.bulk.orders_sheet import MEDIA_TYPE, RESULT_NAME
from repairs.models import BulkUpload

VIEW, RESEND = "repairs.view_bulkupload", "repairs.change_bulkupload"


@filter_by("received", "received", [("0", "today"), ("6", "the last 7 days"), ("29", "the last 30 days")])
def by_age(request: HttpRequest, uploads: QuerySet[BulkUpload], value: str) -> QuerySet[BulkUpload]:
    """By whole days before today."""
    return uploads.filter(created_at__gte=start_of_day(int(value)))


@filter_by("refused", "refused rows", [("1", "with refused rows")])
def by_refused(request: HttpRequest, uploads: QuerySet[BulkUpload], value: str) -> QuerySet[BulkUpload]:
    """Uploads in which rows were refused."""
    return uploads.filter(invalid_count__gt=0)


@admin.register(BulkUpload)
class BulkUploadAdmin(ReadOnlyAdmin):
    """The uploads of real partners, newest first."""

    list_display = [
        "created_at",
        "partner",
        "file_name",
        "uploaded_count",
        "duplicate_count",
        "invalid_count",
        "summary",
    ]
    list_filter = [by_age, by_refused, "mail__state", "partner"]
    list_select_related = ["partner", "mail"]
    search_fields = ["file_name", "client_email", "client_name"]
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkUpload]:
        """Without the rows, which only an upload's own page shows."""
        real: QuerySet[BulkUpload] = super().get_queryset(request).filter(partner__is_sandbox=False)
        return real.defer("rows", "header")

    @admin.display(description="mail")
    def summary(self, upload: BulkUpload) -> str:
        return badge(upload.mail.get_state_display(), f"mail-{upload.mail.state}") if upload.mail else ""

    def pages(self) -> Iterable[Page]:
        return (
            Page("<int:pk>/workbook/", self.workbook, "workbook", VIEW),
            Button("<int:pk>/resend/", self.resend, "resend", RESEND),
        )

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        require(request, VIEW)
        upload = self._upload(request, key_of(object_id))
        context = {
            "upload": upload,
            "rows": upload.described_rows(),
            "may_resend": request.user.has_perm(RESEND) and upload.mail is not None,
        }
        return page(request, "desk/upload.html", f"Upload {upload}", upload, **context)

    def workbook(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The annotated workbook, as it is mailed."""
        from repairs.bulk.result_workbook import annotated  # loads openpyxl

        content = annotated(self._upload(request, pk))
        headers = {"Content-Disposition": f'attachment; filename="{RESULT_NAME}"'}
        return HttpResponse(content, content_type=MEDIA_TYPE, headers=headers)

    def resend(self, request: HttpRequest, pk: int) -> HttpResponse:
        upload = self._upload(request, pk)

        def write() -> str:
            queue.requeue(Message.objects.filter(upload=upload))
            return "Queued the summary mail again."

        return press(request, write, reverse("admin:repairs_bulkupload_change", args=[pk]), [upload])

    def _upload(self, request: HttpRequest, pk: int) -> BulkUpload:
        uploads = self.get_queryset(request).select_related("partner", "mail").defer(None)
        return get_object_or_404(uploads, pk=pk)
