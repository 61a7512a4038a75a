"""The history of everything that staff changed, and of log-ins that failed."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.http import HttpRequest

from desk.base import ReadOnlyAdmin
from partners.models import FailedLogin


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who changed what, newest first."""

    list_display = ["action_time", "user", "content_type", "object_repr", "get_change_message"]
    list_select_related = ["user", "content_type"]
    search_fields = ["=object_repr"]
    search_help_text = "The whole name: a request ID, a partner, a user"
    ordering = ["-pk"]


@admin.register(FailedLogin)
class FailedLoginAdmin(ReadOnlyAdmin):
    """Who failed to log in and may be locked out; deleting a row lets them in again."""

    list_display = ["last_at", "username", "address", "failures", "door", "first_at"]
    search_fields = ["=username", "=address"]
    search_help_text = "The whole user name or address"

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers'."""
        return bool(request.user.is_superuser)
