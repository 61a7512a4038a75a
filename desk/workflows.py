"""Orders and workflows on the desk. Orders are here because all about them needs tracking."""

from django.contrib import admin
from django.http import HttpRequest

from desk.base import DeskAdmin
from desk.orders import OrderAdmin
from repairs.models import RepairOrder
from tracking.models import WorkflowStep

admin.site.register(RepairOrder, OrderAdmin)


@admin.register(WorkflowStep)
class WorkflowStepAdmin(DeskAdmin):
    """The documented workflows; only what is expected of each step is ours to set."""

    list_display = ["code", "workflow", "description", "waiting_on", "expected_hours"]
    list_display_links = None
    list_editable = ["expected_hours"]
    list_filter = ["workflow", "waiting_on"]
    list_select_related = ["workflow"]
    list_per_page = 100
    ordering = ["workflow__position", "position"]
    sortable_by = ()
    fields = readonly_fields = ["workflow", "code", "description", "waiting_on"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Workflows are the documentation's."""
        return False
