"""The outbox on the desk: what waits, what was given up, and a button to send it again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from desk.base import badge, counted, log
from desk.lists import ReadOnlyAdmin
from outbox import queue
from outbox.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Messages, newest first; staff with the right to change them send failed ones again."""

    list_display = ["reference", "destination", "standing", "attempts", "due_at", "created_at", "error"]
    list_filter = ["state", "destination__kind"]
    list_select_related = ["destination"]
    search_fields = ["=reference"]
    search_help_text = "The whole reference: an upload's number, an event ID"
    ordering = ["-pk"]
    exclude = ["payload"]
    actions = ["send_again"]

    @admin.display(description="state", ordering="state")
    def standing(self, message: Message) -> str:
        return badge(message.get_state_display(), f"mail-{message.state}")

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Django's hook for the action below."""
        return request.user.has_perm("outbox.change_message")

    @admin.action(description="Send again", permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> HttpResponse:
        """Queues the selected dead letters again, with all their attempts."""
        failed = queryset.filter(state=Message.State.FAILED)
        log(request, "Queued again.", *failed)
        messages.success(request, f"{counted(queue.requeue(failed), 'message')} queued again.")
        return redirect(request.get_full_path())
