"""Uploads on the desk: how each row fared, the workbook that says so, and its mail."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from desk.base import DeskForm, OfferedFilter, ReadOnlyAdmin, action, badge, key_of, page, require
from desk.submissions import submit
from outbox import queue
from outbox.models import Message
from repairs.bulk import result_workbook
from repairs.models import BulkUpload, RowOutcome

VIEW, RESEND = "repairs.view_bulkupload", "repairs.change_bulkupload"


class ReceivedFilter(OfferedFilter):
    """Uploads of the last days."""

    title = "received"
    parameter_name = "received"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Days before today."""
        return [("0", "today"), ("6", "the last 7 days"), ("29", "the last 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BulkUpload]) -> QuerySet[BulkUpload]:
        """Whole days of the server's zone."""
        value = self.value()
        if value is None:
            return queryset
        first = timezone.localdate() - timedelta(days=int(value))
        return queryset.filter(created_at__gte=timezone.make_aware(datetime.combine(first, time.min)))


class RefusedFilter(OfferedFilter):
    """Uploads in which rows were refused."""

    title = "refused rows"
    parameter_name = "refused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """With refused rows or any."""
        return [("1", "with refused rows")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BulkUpload]) -> QuerySet[BulkUpload]:
        """By the upload's count."""
        return queryset.filter(invalid_count__gt=0) if self.value() else queryset


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
    list_filter = [ReceivedFilter, RefusedFilter, "mail__state", "partner"]
    list_select_related = ["partner", "mail"]
    search_fields = ["file_name", "client_email", "client_name"]
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkUpload]:
        """Without the rows, which only an upload's own page shows."""
        real: QuerySet[BulkUpload] = super().get_queryset(request).filter(partner__is_sandbox=False)
        return real.defer("rows", "header")

    @admin.display(description="mail")
    def summary(self, upload: BulkUpload) -> str:
        """Where the summary mail stands."""
        return badge(upload.mail.get_state_display(), f"mail-{upload.mail.state}") if upload.mail else ""

    def get_urls(self) -> list[URLPattern]:
        """The workbook and the mail."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/workbook/", wrap(self.workbook), name="repairs_bulkupload_workbook"),
            path("<int:pk>/resend/", wrap(action(self.resend)), name="repairs_bulkupload_resend"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The upload row by row."""
        require(request, VIEW)
        upload = self._upload(request, key_of(object_id))
        rows = [{**row, "reasons": result_workbook.reasons(row), "label": _label(row)} for row in upload.rows]
        may_resend = request.user.has_perm(RESEND) and upload.mail is not None
        title = f"Upload {upload}"
        return page(
            request, "desk/upload.html", title, upload, upload=upload, rows=rows, may_resend=may_resend
        )

    def workbook(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The annotated workbook, as it is mailed."""
        require(request, VIEW)
        response = HttpResponse(
            result_workbook.annotated(self._upload(request, pk)), content_type=result_workbook.MEDIA_TYPE
        )
        response["Content-Disposition"] = f'attachment; filename="{result_workbook.FILE_NAME}"'
        return response

    def resend(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queues the summary once more."""
        require(request, RESEND)
        upload = self._upload(request, pk)
        form = DeskForm(request.POST)

        def write() -> str:
            queue.requeue(Message.objects.filter(upload=upload))
            self.log_change(request, upload, "Queued the summary mail again.")
            return f"The summary for {upload.client_email} is queued again."

        page_url = reverse("admin:repairs_bulkupload_change", args=[pk])
        if response := submit(request, form, write, page_url):
            return response
        messages.error(request, " ".join(map(str, form.non_field_errors())))
        return redirect(page_url)

    def _upload(self, request: HttpRequest, pk: int) -> BulkUpload:
        return get_object_or_404(
            self.get_queryset(request).select_related("partner", "mail").defer(None), pk=pk
        )


def _label(row: dict[str, Any]) -> str:
    return RowOutcome(row["outcome"]).label
