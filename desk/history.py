"""The history of everything that staff changed, and of log-ins that failed."""

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest, QueryDict

from desk.base import clerk
from desk.filters import DaysFilter
from desk.lists import Choices, ReadOnlyAdmin, filter_equal
from partners.models import FailedLogin, User
from repairs.models import RepairOrder

# The verbs with which the history's sentences begin.
VERBS = [
    "Started",
    "Recorded",
    "Undid",
    "Voided",
    "Moved",
    "Corrected",
    "Assigned",
    "Raised",
    "Exported",
    "Queued",
    "Created",
    "Added",
    "Issued",
    "Rotated",
    "Revoked",
    "Suspended",
    "Resumed",
    "Removed",
]


def log_export(request: HttpRequest, form: str, parameters: QueryDict) -> None:
    """Enters that the orders list was exported, and by which filters; never what was searched for."""
    filters = [f"{name}={'...' if name == 'q' else value}" for name, value in parameters.items()]
    LogEntry.objects.create(
        user=clerk(request),
        content_type=ContentType.objects.get_for_model(RepairOrder),
        object_repr="orders list",
        action_flag=CHANGE,
        change_message=f"Exported as {form}: {', '.join(filters) or 'all orders'}.",
    )


def _staff(request: HttpRequest) -> Choices:
    """Everybody who is or was staff."""
    return User.objects.filter(partner=None).order_by("username").values_list("pk", "username")


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who changed what, newest first."""

    list_display = ["action_time", "user", "content_type", "object_repr", "get_change_message"]
    list_filter = [
        filter_equal("user", "user", _staff, "user"),
        filter_equal("action_done", "action", [(verb, verb) for verb in VERBS], "change_message__startswith"),
        ("action_time", DaysFilter),
    ]
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
        return bool(request.user.is_superuser)
