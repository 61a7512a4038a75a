"""The orders list: what it shows, how it searches and pages a million rows."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from desk import (
    assignments,
    batch,
    estimate_card,
    estimates,
    exports,
    filters,
    find,
    order_actions,
    order_files,
    order_page,
    order_queries,
    reports,
    sheets,
    technicians,
)
from desk.base import CHANGE_WORKFLOW, CORRECT, RECORD, VIEW, VOID, badge, require
from desk.lists import Button, DeskList, Page, ReadOnlyAdmin
from desk.queue import Queue, order_url
from desk.standing import Standing, span, standing_of, tracking_of
from repairs.models import RepairOrder

MAX_COUNTED = 10_000
# Characters that fit a column of the list; see `.desk-two`.
CUT_OFF_FROM = 17


class CappedPaginator(Paginator):  # type: ignore[type-arg] # not subscriptable when it runs
    """Counts no further than 10,000: nobody pages beyond, and a million would take seconds."""

    @cached_property
    def count(self) -> int:
        """At most 10,000; the list's order lets the index end the count early."""
        orders = cast(QuerySet[RepairOrder], self.object_list)
        return min(orders[: MAX_COUNTED + 1].count(), MAX_COUNTED)


class OrderList(DeskList):
    """A list that is counted up to a limit."""

    def get_results(self, request: HttpRequest) -> None:
        """The page, and whether the list goes on beyond what is counted."""
        super().get_results(request)
        self.is_capped = self.result_count >= MAX_COUNTED
        self.counted = f"more than {MAX_COUNTED:,}" if self.is_capped else f"{self.result_count:,}"
        figures = order_queries.figures(request)
        hours, here = order_queries.new_hours(figures.steps), Queue(request.GET.urlencode())
        orders: list[Any] = list(self._joined(self.result_list))  # type: ignore[has-type]
        self.result_list = orders
        for order in orders:
            order.standing = standing_of(order, figures.now, hours)
            order.url = order_url(order.pk, here)

    def _joined(self, listed: QuerySet[RepairOrder]) -> QuerySet[RepairOrder]:
        """The page's orders with what a row shows. Their keys are found first: sorting or joining whole
        rows of all filtered orders takes many times as long."""
        orders = RepairOrder.objects.filter(pk__in=list(listed.values_list("pk", flat=True)))
        return orders.select_related(*self.list_select_related).order_by(*listed.query.order_by)


@admin.register(RepairOrder)
class OrderAdmin(ReadOnlyAdmin):
    """All orders of real partners. Writing goes through the order's page and `tracking.services`."""

    list_display = ["order", "customer", "device", "partner_name", "status", "in_status", "over_by", "age"]
    list_display_links = None
    list_filter = filters.ALL
    list_select_related = order_queries.JOINED
    list_fullwidth = True
    list_before_template = "desk/list_hint.html"
    sortable_by = ()
    paginator = CappedPaginator
    actions = ["record_status", "assign"]
    ordering = ["-created_at", "-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RepairOrder]:
        return order_queries.orders().order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> Sequence[str | Coalesce]:
        """Orders that are picked by where they stand begin with the longest wait."""
        if request.GET.get("status") == filters.NOT_STARTED:
            return ["created_at", "pk"]
        if request.GET.get("late"):  # new ones among them
            return [Coalesce("tracking__current_since", "created_at"), "pk"]
        if any(name in request.GET for name in filters.OF_STANDING):
            return ["tracking__current_since", "pk"]
        return self.ordering

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip():
            queryset = queryset.filter(pk__in=order_queries.find(search_term).ids)
        return queryset, False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OrderList

    def has_record_permission(self, request: HttpRequest) -> bool:
        """Django's hook for the actions below."""
        return request.user.has_perm(RECORD)

    @admin.action(description="Record status for all", permissions=["record"])
    def record_status(self, request: HttpRequest, queryset: QuerySet[RepairOrder]) -> HttpResponse:
        return batch.choose(request, queryset[: batch.MAX_ORDERS])

    @admin.action(description="Assign to a technician", permissions=["record"])
    def assign(self, request: HttpRequest, queryset: QuerySet[RepairOrder]) -> HttpResponse:
        return assignments.choose(request, queryset[: assignments.MAX_ORDERS])

    def pages(self) -> Iterable[Page]:
        return (
            Page("find/", find.find, "find", VIEW),
            Page("export/", lambda request: exports.download(self, request), "export", VIEW),
            Page("batch/", batch.paste, "batch", RECORD),
            Button("batch/record/", batch.record, "batch_record", RECORD),
            Page("sheet/", sheets.upload, "sheet", RECORD),
            Page("sheet/template/", sheets.template, "sheet_template", RECORD),
            Page("sheet/<uuid:sheet_id>/", sheets.preview, "sheet_preview", RECORD),
            Button("sheet/<uuid:sheet_id>/apply/", sheets.apply, "sheet_apply", RECORD),
            Page("report/<str:token>/", reports.show, "report", RECORD),
            Button("assign/", assignments.assign_many, "assign_many", RECORD),
            Button("<int:pk>/assign/", assignments.assign, "assign", RECORD),
            Page("<int:pk>/job-sheet/", order_page.job_sheet, "job_sheet", VIEW),
            Page("<int:pk>/next/", order_page.skip, "next", VIEW),
            Button("<int:pk>/note/", order_actions.add_note, "note", RECORD),
            Button("<int:pk>/start/", order_actions.start, "start", RECORD),
            Button("<int:pk>/record/", order_actions.record, "record", RECORD),
            Button("<int:pk>/workflow/", order_actions.change_workflow, "workflow", CHANGE_WORKFLOW),
            Page("<int:pk>/correct/", order_actions.correct, "correct", CORRECT),
            Button("<int:pk>/void/<int:void_pk>/", order_actions.void, "void", VOID),
            Button("<int:pk>/undo/<int:undo_pk>/", order_actions.undo, "undo", RECORD),
            Page("<int:pk>/estimate/", estimates.raise_estimate, "estimate", RECORD),
            Button("<int:pk>/files/", order_files.add, "files", RECORD),
            Page("<int:pk>/files/<int:file_pk>/", order_files.download, "file", VIEW),
            Button("<int:pk>/files/<int:file_pk>/remove/", order_files.remove, "remove_file", CORRECT),
            *technicians.PAGES,
        )

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        require(request, VIEW)
        return order_page.show(request, order_queries.order_or_404(object_id))

    def order(self, order: RepairOrder) -> str:
        return render_to_string("desk/cells/order.html", {"order": order})

    def customer(self, order: RepairOrder) -> str:
        return _two_lines(order.customer_name, order.customer_mobile)

    def device(self, order: RepairOrder) -> str:
        return _two_lines(f"{order.make} {order.model}", order.imei_no)

    @admin.display(description="partner")
    def partner_name(self, order: RepairOrder) -> str:
        """Whose order it is; under it the engagement and the source."""
        return _two_lines(order.partner.name, f"{order.engagement_type}, {order.get_source_display()}")

    def status(self, order: RepairOrder) -> str:
        """A badge in the colour of what it waits on; under it the amount of the estimate."""
        shown = badge(order.standing.text, order.standing.css)  # type: ignore[attr-defined]
        return shown + estimate_card.cell(tracking_of(order))

    def in_status(self, order: RepairOrder) -> str:
        return _time(order.standing.waited)  # type: ignore[attr-defined]

    def over_by(self, order: RepairOrder) -> str:
        """How long beyond what is expected, and whether that makes it late."""
        standing: Standing = order.standing  # type: ignore[attr-defined]
        if standing.over is None:
            return ""
        return _time(standing.over) + (badge("late", "late") if standing.is_late else "")

    def age(self, order: RepairOrder) -> str:
        """From creation to delivery, or to now."""
        return _time(order.standing.age)  # type: ignore[attr-defined]


def _time(duration: timedelta) -> SafeString:
    return format_html('<span class="desk-time">{}</span> ', span(duration))


def _two_lines(first: str, second: str) -> str:
    # What is cut off on the screen is shown whole on focus.
    focus = SafeString(' tabindex="0"') if max(len(first), len(second)) > CUT_OFF_FROM else ""
    return format_html('<div class="desk-two"{}><span>{}</span><small>{}</small></div>', focus, first, second)
