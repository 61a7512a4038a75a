"""The documented workflows on the desk, and what is expected of each step."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from desk.lists import DeskAdmin
from tracking.models import WorkflowStep


class ExpectedHoursForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable when it runs
    """A row of the list; its field has a name for a screen reader."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expected_hours" in self.fields:
            name = f"Expected hours: {self.instance}, {self.instance.workflow}"
            self.fields["expected_hours"].widget.attrs["aria-label"] = name


@admin.register(WorkflowStep)
class WorkflowStepAdmin(DeskAdmin):
    """The documented workflows; only the expected hours of each step can be changed."""

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
        return super().get_changelist_form(request, **{"form": ExpectedHoursForm, **kwargs})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Workflows are the documentation's."""
        return False
