"""Partners' webhooks on the desk: their health, what was delivered, and what staff can do about it."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NamedTuple

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from desk.base import View, badge, counted, key_of, page, require
from desk.lists import Button, Page, ReadOnlyAdmin
from desk.submissions import press
from outbox.models import Message
from warrantify.text import UNPRINTABLE
from webhooks import services
from webhooks.models import Event, Webhook

VIEW, CHANGE = "webhooks.view_webhook", "webhooks.change_webhook"
PAGE = 50
P95_OF = 200  # deliveries

State = Webhook.State


class Health(NamedTuple):
    """Figures of a webhook; `p95` is in milliseconds, None before its first answer."""

    waiting: int
    failed: int
    last_success: Any
    p95: int | None


def health(webhook: Webhook) -> Health:
    """Reads the figures of one webhook."""
    of_webhook = Message.objects.filter(destination=webhook.destination_id)
    figures = of_webhook.aggregate(
        waiting=Count("pk", filter=Q(state=Message.State.PENDING)),
        failed=Count("pk", filter=Q(state=Message.State.FAILED)),
        last_success=Max("finished_at", filter=Q(state=Message.State.DELIVERED)),
    )
    results = of_webhook.order_by("-pk").values_list("result", flat=True)[:P95_OF]
    times = sorted(result["ms"] for result in results if "ms" in result)
    return Health(**figures, p95=times[int(0.95 * (len(times) - 1))] if times else None)


def figures() -> dict[str, Any]:
    """The dashboard's figures."""
    counts = Webhook.objects.aggregate(
        failing=Count("pk", filter=Q(state=State.ENABLED, destination__failing_since__isnull=False)),
        suspended=Count("pk", filter=Q(state=State.SUSPENDED)),
        enabled=Count("pk", filter=Q(state=State.ENABLED)),
    )
    return {**counts, "url": reverse("admin:webhooks_webhook_changelist")}


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """All webhooks; one's page is its log."""

    list_display = ["webhook_id", "partner", "url", "standing", "failing_since", "waiting", "created_at"]
    list_filter = ["state", ("destination__failing_since", admin.EmptyFieldListFilter), "partner"]
    list_select_related = ["partner", "destination"]
    search_fields = ["=webhook_id", "url", "description"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        pending = Message.objects.filter(
            destination=OuterRef("destination"), state=Message.State.PENDING
        ).order_by()
        lengths = pending.values("destination").annotate(length=Count("pk")).values("length")
        webhooks: QuerySet[Webhook] = super().get_queryset(request)
        return webhooks.annotate(length=Coalesce(Subquery(lengths), 0))

    @admin.display(description="state")
    def standing(self, webhook: Webhook) -> str:
        return state_badge(webhook)

    def failing_since(self, webhook: Webhook) -> Any:
        return webhook.destination.failing_since

    @admin.display(ordering="length")
    def waiting(self, webhook: Webhook) -> int:
        return webhook.length  # type: ignore[attr-defined, no-any-return]

    def pages(self) -> Iterable[Page]:
        return (
            Button("<int:pk>/suspend/", suspend, "suspend", CHANGE),
            Button("<int:pk>/resume/", resume, "resume", CHANGE),
            Button("<int:pk>/replay/", replay, "replay", CHANGE),
        )

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        require(request, VIEW)
        webhook = _webhook(key_of(object_id))
        deliveries = Message.objects.filter(destination=webhook.destination_id).order_by("-pk")
        state = request.GET.get("state", "")
        if state in Message.State.values:
            deliveries = deliveries.filter(state=state)
        shown = Paginator(deliveries, PAGE).get_page(request.GET.get("p"))
        events = Event.objects.in_bulk([message.reference for message in shown])
        context = {
            "webhook": webhook,
            "badge": state_badge(webhook),
            "health": health(webhook),
            "state": state,
            "states": Message.State.choices,
            "shown": shown,
            "rows": [(message, events.get(message.reference)) for message in shown],
            "may_change": request.user.has_perm(CHANGE),
        }
        return page(request, "desk/webhook.html", f"Webhook {webhook}", webhook, **context)


def _button(do: Callable[[HttpRequest, Webhook], str]) -> View:
    """Makes a view of a function that runs once, and returns the sentence for the history and the page."""

    @wraps(do)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        webhook = _webhook(pk)
        url = reverse("admin:webhooks_webhook_change", args=[pk])
        return press(request, lambda: do(request, webhook), url, [webhook])

    return view


@_button
def suspend(request: HttpRequest, webhook: Webhook) -> str:
    """Stops deliveries; the partner is shown why."""
    reason = _plain(request, "reason")[:200] or "Suspended by our staff."
    services.suspend(webhook, reason)
    return f"Suspended: {reason}"


@_button
def resume(request: HttpRequest, webhook: Webhook) -> str:
    """Enables the webhook and sends what waits."""
    services.update(webhook, {"state": State.ENABLED})
    return "Resumed: what waits is sent now."


@_button
def replay(request: HttpRequest, webhook: Webhook) -> str:
    """Queues one delivery again, or all that failed."""
    if event_id := _plain(request, "event_id"):
        count = services.replay_event(webhook, event_id)
    else:
        count = services.replay_since(webhook, webhook.created_at, only_failed=True)
    return f"Queued {counted(count, 'event')} again."


def _webhook(pk: int) -> Webhook:
    return get_object_or_404(Webhook.objects.select_related("partner", "destination"), pk=pk)


def state_badge(webhook: Webhook) -> str:
    """The state, `failing` where it is enabled and fails."""
    if webhook.state == State.ENABLED and webhook.destination.failing_since is not None:
        return badge("failing", "late")
    css = {State.ENABLED.value: "usable", State.SUSPENDED.value: "revoked"}
    return badge(webhook.get_state_display(), css.get(webhook.state, "expired"))


def _plain(request: HttpRequest, name: str) -> str:
    return UNPRINTABLE.sub("", request.POST.get(name, "")).strip()
