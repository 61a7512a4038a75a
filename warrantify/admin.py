"""The history of everything that staff changed."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry

from warrantify.desk import ReadOnlyAdmin


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who changed what, newest first."""

    list_display = ["action_time", "user", "content_type", "object_repr", "get_change_message"]
    list_select_related = ["user", "content_type"]
    search_fields = ["=object_repr"]
    search_help_text = "The whole name: a request ID, a partner, a user"
    ordering = ["-pk"]
