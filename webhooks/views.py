"""The webhook endpoints (docs/contract.md section 8): read, call one service, answer."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from partners.authentication import ApiKeyAuthentication
from partners.endpoints import PartnerView, caller_of, success
from warrantify.http.parsers import json_body
from warrantify.http.responses import json_answer
from webhooks import forms, services
from webhooks.models import Webhook
from webhooks.representations import deliveries_page, webhook_data


class WebhookView(PartnerView):
    """The base: key, rate limit, and the partner's webhook of an ID."""

    authentication_classes = [ApiKeyAuthentication]
    limit = "webhooks"

    def find(self, request: Request, webhook_id: str) -> Webhook:
        """Returns the partner's webhook; raises NotFoundError."""
        return services.find(caller_of(request).partner_id, webhook_id)


class WebhookListView(WebhookView):
    """All webhooks of the partner."""

    def get(self, request: Request) -> HttpResponse:
        """200 with the webhooks, oldest first."""
        return _answer(
            DATA=[webhook_data(each) for each in services.of_partner(caller_of(request).partner_id)]
        )

    def post(self, request: Request) -> HttpResponse:
        """200 with the new webhook and its secret; 400."""
        values = forms.WebhookRequestSerializer.read(json_body(request))
        webhook, secret = services.create(caller_of(request).partner_id, values)
        return _answer("Webhook created", DATA={**webhook_data(webhook), "secret": secret})


class WebhookDetailView(WebhookView):
    """One webhook."""

    def get(self, request: Request, webhook_id: str) -> HttpResponse:
        """200 with the webhook; 404."""
        return _answer(DATA=webhook_data(self.find(request, webhook_id)))

    def patch(self, request: Request, webhook_id: str) -> HttpResponse:
        """200 with the changed webhook; 400; 404."""
        webhook = self.find(request, webhook_id)
        services.update(webhook, forms.WebhookChangeSerializer.read(json_body(request)))
        return _answer("Webhook updated", DATA=webhook_data(webhook))

    def delete(self, request: Request, webhook_id: str) -> HttpResponse:
        """200; 404."""
        services.delete(self.find(request, webhook_id))
        return _answer("Webhook deleted")


class SecretView(WebhookView):
    """Rotation of the secret."""

    def post(self, request: Request, webhook_id: str) -> HttpResponse:
        """200 with the new secret; 404."""
        secret = services.rotate_secret(self.find(request, webhook_id))
        return _answer("Secret rotated", DATA={"secret": secret})


class TestView(WebhookView):
    """A test event."""

    def post(self, request: Request, webhook_id: str) -> HttpResponse:
        """200 with the event's ID; 400 where the webhook is not enabled; 404."""
        event = services.queue_test(self.find(request, webhook_id))
        return _answer("Test event queued", DATA={"event_id": event.event_id})


class DeliveriesView(WebhookView):
    """The log of deliveries."""

    def get(self, request: Request, webhook_id: str) -> HttpResponse:
        """200 with a page; 400 for a wrong state or cursor; 404."""
        webhook = self.find(request, webhook_id)
        params = request.query_params
        page = deliveries_page(webhook, params.get("state", "").strip(), params.get("cursor", "").strip())
        return _answer(**page)


class ReplayView(WebhookView):
    """Events sent again."""

    def post(self, request: Request, webhook_id: str) -> HttpResponse:
        """200 with how many were queued; 400; 404 for an unknown event or webhook."""
        webhook = self.find(request, webhook_id)
        wanted = forms.replay(json_body(request))
        if wanted.since is None:
            count = services.replay_event(webhook, wanted.event_id)
        else:
            count = services.replay_since(webhook, wanted.since, only_failed=wanted.only_failed)
        events = "1 event" if count == 1 else f"{count} events"
        return _answer(f"{events} queued", DATA={"count": count})


def _answer(message: str = "", **members: Any) -> HttpResponse:
    return json_answer(success(message, **members))
