"""Orders and workflows on the desk. Orders are here because all about them needs tracking."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from desk.base import DeskAdmin
from desk.orders import OrderAdmin
from repairs.models import RepairOrder
from tracking.models import WorkflowStep

admin.site.register(RepairOrder, OrderAdmin)


class ExpectedHoursForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable when it runs
    """A row of the list, whose field has a name for who does not see the row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expected_hours" in self.fields:
            name = f"Expected hours: {self.instance}, {self.instance.workflow}"
            self.fields["expected_hours"].widget.attrs["aria-label"] = name


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

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """With a name for each field."""
        return super().get_changelist_form(request, **{"form": ExpectedHoursForm, **kwargs})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Workflows are the documentation's."""
        return False
