"""The history of everything that staff changed, and of log-ins that failed."""

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict

from desk.base import clerk
from desk.filters import DaysFilter
from desk.lists import Choices, ReadOnlyAdmin, filter_by
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


@filter_by("user", "user", _staff)
def by_user(request: HttpRequest, entries: QuerySet[LogEntry], value: str) -> QuerySet[LogEntry]:
    """Who did it."""
    return entries.filter(user_id=int(value))


@filter_by("action_done", "action", [(verb, verb) for verb in VERBS])
def by_verb(request: HttpRequest, entries: QuerySet[LogEntry], value: str) -> QuerySet[LogEntry]:
    """What was done."""
    return entries.filter(change_message__startswith=value)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who changed what, newest first."""

    list_display = ["action_time", "user", "content_type", "object_repr", "get_change_message"]
    list_filter = [by_user, by_verb, ("action_time", DaysFilter)]
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
