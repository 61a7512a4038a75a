"""The orders list: what it shows, how it searches and pages a million rows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
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
    internal,
    notes,
    order_files,
    order_page,
    order_queries,
    reports,
    sheets,
    technicians,
)
from desk.base import DeskList, ReadOnlyAdmin, badge
from desk.queue import Queue
from desk.standing import Standing, span, standing_of, tracking_of
from repairs.models import RepairOrder

MAX_COUNTED = 10_000
# Characters that fit a column of the list; see `.desk-two`.
CUT_OFF_FROM = 24


class CappedPaginator(Paginator):  # type: ignore[type-arg] # not subscriptable when it runs
    """Counts no further than 10,000: nobody pages beyond, and a million would take seconds."""

    @cached_property
    def count(self) -> int:
        """At most 10,000; the list's order lets the index end the count early."""
        orders = cast(QuerySet[RepairOrder], self.object_list)
        return min(orders[: MAX_COUNTED + 1].count(), MAX_COUNTED)


class OrderList(DeskList):
    """A list that is not counted to its end."""

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
            order.url = here.order_url(order.pk)

    def _joined(self, listed: QuerySet[RepairOrder]) -> QuerySet[RepairOrder]:
        """The page's orders with what a row shows. Which ones they are is found first, by their keys
        alone: to sort or to join whole rows of all that a filter leaves takes many times as long."""
        orders = RepairOrder.objects.filter(pk__in=list(listed.values_list("pk", flat=True)))
        return orders.select_related(*self.list_select_related).order_by(*listed.query.order_by)


class OrderAdmin(ReadOnlyAdmin):
    """All orders of real partners. Writing goes through the order's page and `tracking.services`."""

    list_display = ["order", "customer", "device", "partner_name", "status", "in_status", "over_by", "age"]
    list_display_links = None
    list_filter = filters.ALL
    list_select_related = ["partner", "tracking__current_step", "tracking__workflow"]
    list_fullwidth = True
    list_before_template = "desk/list_hint.html"
    sortable_by = ()
    paginator = CappedPaginator
    actions = ["record_status", "assign"]
    ordering = ["-created_at", "-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RepairOrder]:
        """Real partners' orders; those picked by where they stand begin with the longest wait."""
        if request.GET.get("status") == filters.NOT_STARTED:
            return order_queries.orders().order_by("created_at", "pk")
        if request.GET.get("late"):  # new ones among them
            return order_queries.orders().order_by(Coalesce("tracking__current_since", "created_at"), "pk")
        by_wait = any(name in request.GET for name in filters.OF_STANDING)
        ordering = ["tracking__current_since", "pk"] if by_wait else self.ordering
        return order_queries.orders().order_by(*ordering)

    def get_ordering(self, request: HttpRequest) -> Sequence[str]:
        """As the query set has it."""
        return self.get_queryset(request).query.order_by  # type: ignore[return-value]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """As the desk's search finds them, within the list's filters."""
        return (
            queryset.filter(pk__in=order_queries.find(search_term).ids) if search_term.strip() else queryset
        ), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list that knows where counting ended."""
        return OrderList

    def has_record_permission(self, request: HttpRequest) -> bool:
        """Who may record a status."""
        return request.user.has_perm("tracking.add_trackingevent")

    @admin.action(description="Record status for all", permissions=["record"])
    def record_status(self, request: HttpRequest, queryset: QuerySet[RepairOrder]) -> HttpResponse:
        """Leads to the batch page with the ticked orders."""
        return batch.choose(request, queryset[: batch.MAX_ORDERS])

    @admin.action(description="Assign to a technician", permissions=["record"])
    def assign(self, request: HttpRequest, queryset: QuerySet[RepairOrder]) -> HttpResponse:
        """Leads to the question whom the ticked orders are assigned to."""
        return assignments.choose(request, list(queryset[: internal.MAX_ORDERS]))

    def get_urls(self) -> list[URLPattern]:
        """The pages and buttons around orders."""
        wrap = self.admin_site.admin_view
        routes = (
            ("find/", find.find, "find"),
            ("assign/", assignments.assign_many, "assign_many"),
            ("<int:pk>/assign/", assignments.assign, "assign"),
            ("<int:pk>/job-sheet/", order_page.job_sheet, "job_sheet"),
            ("<int:pk>/note/", notes.add, "note"),
            ("<int:pk>/files/", order_files.add, "files"),
            ("<int:pk>/files/<int:file_pk>/", order_files.download, "file"),
            ("<int:pk>/files/<int:file_pk>/remove/", order_files.remove, "remove_file"),
            *technicians.ROUTES,
            ("batch/", batch.paste, "batch"),
            ("batch/record/", batch.record, "batch_record"),
            ("sheet/", sheets.upload, "sheet"),
            ("sheet/template/", sheets.template, "sheet_template"),
            ("sheet/<uuid:sheet_id>/", sheets.preview, "sheet_preview"),
            ("sheet/<uuid:sheet_id>/apply/", sheets.apply, "sheet_apply"),
            ("report/<str:token>/", reports.show, "report"),
            ("export/", lambda request: exports.download(self, request), "export"),
            ("<int:pk>/start/", order_page.start, "start"),
            ("<int:pk>/record/", order_page.record, "record"),
            ("<int:pk>/workflow/", order_page.change_workflow, "workflow"),
            ("<int:pk>/estimate/", estimates.raise_estimate, "estimate"),
            ("<int:pk>/correct/", order_page.correct, "correct"),
            ("<int:pk>/void/<int:event_pk>/", order_page.void, "void"),
            ("<int:pk>/undo/<int:event_pk>/", order_page.undo, "undo"),
            ("<int:pk>/next/", order_page.skip, "next"),
        )
        own = [path(route, wrap(view), name=f"repairs_repairorder_{name}") for route, view, name in routes]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The order's page."""
        return order_page.show(request, object_id)

    @admin.display(description="order")
    def order(self, order: RepairOrder) -> str:
        """Request ID, and under it the partner's reference."""
        return render_to_string("desk/cells/order.html", {"order": order})

    @admin.display(description="customer")
    def customer(self, order: RepairOrder) -> str:
        """Name and mobile."""
        return _two_lines(order.customer_name, order.customer_mobile)

    @admin.display(description="device")
    def device(self, order: RepairOrder) -> str:
        """Make, model and IMEI or serial number."""
        return _two_lines(f"{order.make} {order.model}", order.imei_no)

    @admin.display(description="partner")
    def partner_name(self, order: RepairOrder) -> str:
        """Whose order it is; under it the engagement and the way in."""
        return _two_lines(order.partner.name, f"{order.engagement_type}, {order.get_source_display()}")

    @admin.display(description="status")
    def status(self, order: RepairOrder) -> str:
        """A badge in the colour of what it waits on; under it the amount of the estimate."""
        shown = badge(order.standing.text, order.standing.css)  # type: ignore[attr-defined]
        return shown + estimate_card.cell(tracking_of(order))

    @admin.display(description="in status")
    def in_status(self, order: RepairOrder) -> str:
        """How long it has stood there."""
        return _time(order.standing.waited)  # type: ignore[attr-defined]

    @admin.display(description="over by")
    def over_by(self, order: RepairOrder) -> str:
        """How long beyond what is expected, and whether that makes it late."""
        standing: Standing = order.standing  # type: ignore[attr-defined]
        if standing.over is None:
            return ""
        late = badge("late", "late") if standing.is_late else ""
        return format_html('<span class="desk-time">{}</span> {}', span(standing.over), late)

    @admin.display(description="age")
    def age(self, order: RepairOrder) -> str:
        """From creation to delivery, or to now."""
        return _time(order.standing.age)  # type: ignore[attr-defined]


def _time(duration: timedelta) -> str:
    return format_html('<span class="desk-time">{}</span>', span(duration))


def _two_lines(first: str, second: str) -> str:
    # What is cut off on the screen is shown whole on focus.
    focus = SafeString(' tabindex="0"') if max(len(first), len(second)) > CUT_OFF_FROM else ""
    return format_html('<div class="desk-two"{}><span>{}</span><small>{}</small></div>', focus, first, second)
