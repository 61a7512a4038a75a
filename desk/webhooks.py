"""Partners' webhooks on the desk: their health, what was delivered, and what staff can do about it."""

from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from desk.base import ReadOnlyAdmin, action, badge, key_of, page, require
from outbox import queue
from outbox.models import Message
from warrantify.text import UNPRINTABLE
from webhooks import services
from webhooks.models import Event, Webhook

VIEW, CHANGE = "webhooks.view_webhook", "webhooks.change_webhook"
PAGE = 50
P95_OF = 200  # deliveries

State = Webhook.State


class Health(NamedTuple):
    """How a webhook does: `p95` is in milliseconds, None before its first answer."""

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
        """With the length of each queue."""
        pending = Message.objects.filter(
            destination=OuterRef("destination"), state=Message.State.PENDING
        ).order_by()
        lengths = pending.values("destination").annotate(length=Count("pk")).values("length")
        webhooks: QuerySet[Webhook] = super().get_queryset(request)
        return webhooks.annotate(length=Coalesce(Subquery(lengths), 0))

    @admin.display(description="state")
    def standing(self, webhook: Webhook) -> str:
        """The state in its colour."""
        return state_badge(webhook)

    @admin.display(description="failing since")
    def failing_since(self, webhook: Webhook) -> Any:
        """Empty while it works."""
        return webhook.destination.failing_since

    @admin.display(description="waiting", ordering="length")
    def waiting(self, webhook: Webhook) -> int:
        """Events that wait."""
        return webhook.length  # type: ignore[attr-defined, no-any-return]

    def get_urls(self) -> list[URLPattern]:
        """What the buttons of a webhook's page do."""

        def post(name: str, view: Any) -> URLPattern:
            wrapped = self.admin_site.admin_view(action(view))
            pattern: URLPattern = path(f"<int:pk>/{name}/", wrapped, name=f"webhooks_webhook_{name}")
            return pattern

        return [
            post("suspend", self.suspend),
            post("resume", self.resume),
            post("replay", self.replay),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Its health and its deliveries."""
        require(request, VIEW)
        webhook = self._webhook(key_of(object_id))
        deliveries = Message.objects.filter(destination=webhook.destination_id).order_by("-pk")
        state = request.GET.get("state", "")
        if state in Message.State.values:
            deliveries = deliveries.filter(state=state)
        shown = Paginator(deliveries, PAGE).get_page(request.GET.get("p"))
        events = Event.objects.in_bulk([message.reference for message in shown])
        return page(
            request,
            "desk/webhook.html",
            f"Webhook {webhook}",
            webhook,
            webhook=webhook,
            badge=state_badge(webhook),
            health=health(webhook),
            state=state,
            states=Message.State.choices,
            shown=shown,
            rows=[(message, events.get(message.reference)) for message in shown],
            may_change=request.user.has_perm(CHANGE),
        )

    def suspend(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stops deliveries; the partner is shown why."""
        require(request, CHANGE)
        webhook = self._webhook(pk)
        reason = _plain(request, "reason")[:200] or "Suspended by our staff."
        services.suspend(webhook, reason)
        self.log_change(request, webhook, f"Suspended: {reason}")
        messages.success(request, f"{webhook} is suspended.")
        return _back(pk)

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enables it and sends what waits."""
        require(request, CHANGE)
        webhook = self._webhook(pk)
        services.update(webhook, {"state": State.ENABLED})
        self.log_change(request, webhook, "Resumed.")
        messages.success(request, f"{webhook} is enabled; what waits is sent now.")
        return _back(pk)

    def replay(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queues one delivery again, or all that failed."""
        require(request, CHANGE)
        webhook = self._webhook(pk)
        wanted = Message.objects.filter(destination=webhook.destination_id)
        if event_id := _plain(request, "event_id"):
            wanted = wanted.filter(reference=event_id).exclude(state=Message.State.PENDING)
        else:
            wanted = wanted.filter(state=Message.State.FAILED)
        count = queue.requeue(wanted)
        queue.hurry(webhook.destination)
        self.log_change(request, webhook, f"Queued {count} again.")
        messages.success(request, f"{count} {'event' if count == 1 else 'events'} queued again.")
        return _back(pk)

    def _webhook(self, pk: int) -> Webhook:
        return get_object_or_404(Webhook.objects.select_related("partner", "destination"), pk=pk)


def state_badge(webhook: Webhook) -> str:
    """The state, `failing` where it is enabled and fails."""
    if webhook.state == State.ENABLED and webhook.destination.failing_since is not None:
        return badge("failing", "late")
    css = {State.ENABLED.value: "usable", State.SUSPENDED.value: "revoked"}
    return badge(webhook.get_state_display(), css.get(webhook.state, "expired"))


def _plain(request: HttpRequest, name: str) -> str:
    return UNPRINTABLE.sub("", request.POST.get(name, "")).strip()


def _back(pk: int) -> HttpResponse:
    return redirect("admin:webhooks_webhook_change", pk)
