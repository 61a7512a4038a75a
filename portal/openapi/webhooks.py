"""The webhook endpoints, and the bodies that webhooks send."""

from typing import Any

from drf_spectacular.utils import (
    OpenApiCallback,
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers

from portal.openapi import errors
from portal.openapi.descriptions import Body, answer, describe, document
from portal.openapi.errors import EXAMPLE_DATA
from portal.openapi.tracking import DATE, STARTED_ANSWER, TrackingDataSerializer
from tracking.signals import TRACKING_UPDATED
from webhooks.events import EVENT_TYPES
from webhooks.models import MAX_DESCRIPTION_LENGTH, MAX_URL_LENGTH

TAG = "Webhooks"
EVENT_ID = "evt_0123456789abcdef01234567"
WEBHOOK_ID = "wh_0123456789abcdef01234567"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0123456789A="
MOMENT = "24-11-2026 15:00:00"


def _moment(**options: Any) -> serializers.RegexField:
    return serializers.RegexField(DATE, **options)


class WebhookRequestSerializer(Body):
    """A new webhook."""

    url = serializers.CharField(max_length=MAX_URL_LENGTH, help_text="Absolute https URL of your endpoint")
    events = serializers.ListField(
        child=serializers.ChoiceField(EVENT_TYPES),
        min_length=1,
        required=False,
        help_text="The types wanted; all without it",
    )
    description = serializers.CharField(
        max_length=MAX_DESCRIPTION_LENGTH, required=False, allow_blank=True, help_text="For yourself"
    )


class WebhookChangeSerializer(Body):
    """What is to change; members left out stay."""

    url = serializers.CharField(max_length=MAX_URL_LENGTH, required=False)
    events = serializers.ListField(child=serializers.ChoiceField(EVENT_TYPES), min_length=1, required=False)
    description = serializers.CharField(max_length=MAX_DESCRIPTION_LENGTH, required=False, allow_blank=True)
    state = serializers.ChoiceField(["enabled", "disabled"], required=False)


class WebhookSerializer(Body):
    """A webhook."""

    webhook_id = serializers.RegexField("^wh_[0-9a-f]{24}$")
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(EVENT_TYPES))
    description = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(["enabled", "disabled", "suspended"])
    state_reason = serializers.CharField(allow_null=True, help_text="Why it is suspended")
    created = _moment()
    failing_since = _moment(allow_null=True, help_text="Null while it works")


class NewWebhookSerializer(WebhookSerializer):
    """A webhook with its secret."""

    secret = serializers.RegexField("^whsec_", help_text="Shown here and at rotation only")


class _Success(Body):
    Success = serializers.ChoiceField(choices=["True"])
    Status_code = serializers.ChoiceField(choices=["200"])


class NewWebhookAnswerSerializer(_Success):
    """The answer to a new webhook."""

    Message = serializers.CharField()
    DATA = NewWebhookSerializer()


class WebhookAnswerSerializer(_Success):
    """The answer for one webhook."""

    Message = serializers.CharField(required=False)
    DATA = WebhookSerializer()


class WebhookListSerializer(_Success):
    """All webhooks."""

    DATA = WebhookSerializer(many=True)


class WebhookDeletedSerializer(_Success):
    """The answer to a deletion."""

    Message = serializers.CharField()


class SecretSerializer(Body):
    """A secret."""

    secret = serializers.RegexField("^whsec_")


class SecretAnswerSerializer(_Success):
    """The answer to a rotation."""

    Message = serializers.CharField()
    DATA = SecretSerializer()


class TestEventSerializer(Body):
    """The event queued."""

    event_id = serializers.RegexField("^evt_[0-9a-f]{24}$")


class TestEventAnswerSerializer(_Success):
    """The answer to a test."""

    Message = serializers.CharField()
    DATA = TestEventSerializer()


class DeliverySerializer(Body):
    """An event on its way to a webhook."""

    event_id = serializers.RegexField("^evt_[0-9a-f]{24}$")
    type = serializers.ChoiceField(EVENT_TYPES)
    request_id = serializers.CharField(allow_null=True, help_text="Null for tests")
    sequence = serializers.IntegerField(allow_null=True, help_text="Null for tests")
    state = serializers.ChoiceField(["pending", "delivered", "failed"])
    attempts = serializers.IntegerField(help_text="Since it was last queued")
    next_attempt = _moment(allow_null=True)
    last_status = serializers.IntegerField(allow_null=True, help_text="Your endpoint's last HTTP status")
    last_error = serializers.CharField(allow_null=True)
    created = _moment()
    delivered = _moment(allow_null=True)


class DeliveriesSerializer(_Success):
    """A page of deliveries."""

    DATA = DeliverySerializer(many=True)
    Next_Cursor = serializers.CharField(allow_null=True, help_text="Null on the last page")


class ReplayRequestSerializer(Body):
    """One event, or all since a time."""

    event_id = serializers.CharField(required=False)
    since = serializers.CharField(required=False, help_text="ISO 8601")
    only_failed = serializers.BooleanField(required=False, allow_null=True)


class CountSerializer(Body):
    """How many."""

    count = serializers.IntegerField()


class ReplayAnswerSerializer(_Success):
    """The answer to a replay."""

    Message = serializers.CharField()
    DATA = CountSerializer()


class EventDataSerializer(Body):
    """What has changed."""

    request_id = serializers.CharField()
    service_request_id = serializers.CharField(help_text="Your `repair_ref_no`")
    sequence = serializers.IntegerField(help_text="Counts the events of the order")
    etag = serializers.CharField(help_text="What a poll answers as `ETag` at this change")
    tracking = TrackingDataSerializer(help_text="What a poll answers as `DATA` at this change")
    estimate = serializers.DictField(required=False, help_text="With `estimate.updated` only")


class EventSerializer(Body):
    """The body of a delivery. A `webhook.test` has only `webhook_id` in its `data`."""

    type = serializers.ChoiceField(EVENT_TYPES)
    timestamp = serializers.DateTimeField(help_text="When it happened, UTC")
    data = EventDataSerializer()  # type: ignore[assignment] # as the wire names it


WEBHOOK = {
    "webhook_id": WEBHOOK_ID,
    "url": "https://partner.example.com/hooks",
    "events": list(EVENT_TYPES),
    "description": "Order system",
    "state": "enabled",
    "state_reason": None,
    "created": MOMENT,
    "failing_since": None,
}
_OK = {"Success": "True", "Status_code": "200"}
CREATED_ANSWER = {**_OK, "Message": "Webhook created", "DATA": {**WEBHOOK, "secret": SECRET}}
DELIVERY = {
    "event_id": EVENT_ID,
    "type": TRACKING_UPDATED,
    "request_id": EXAMPLE_DATA["request_id"],
    "sequence": 3,
    "state": "pending",
    "attempts": 2,
    "next_attempt": MOMENT,
    "last_status": 500,
    "last_error": "The answer was HTTP 500.",
    "created": MOMENT,
    "delivered": None,
}
DELIVERIES_ANSWER = {**_OK, "DATA": [DELIVERY], "Next_Cursor": None}
EVENT = {
    "type": TRACKING_UPDATED,
    "timestamp": "2026-11-24T09:30:00Z",
    "data": {
        **EXAMPLE_DATA,
        "sequence": 3,
        "etag": '"REPAIR202611230042.3.2.us"',
        "tracking": STARTED_ANSWER["DATA"],
    },
}

PUSH = OpenApiCallback(
    "event",
    path="{$request.body#/url}",
    decorator=extend_schema(
        operation_id="webhook_event",
        summary="An event",
        description="Sent to your webhook, signed as Standard Webhooks say. Answer 2xx within 15 seconds.",
        parameters=[
            OpenApiParameter("webhook-id", str, OpenApiParameter.HEADER, description="The event's ID."),
            OpenApiParameter("webhook-timestamp", int, OpenApiParameter.HEADER, description="Unix seconds."),
            OpenApiParameter(
                "webhook-signature",
                str,
                OpenApiParameter.HEADER,
                description="`v1,<base64>`, space separated.",
            ),
        ],
        request=EventSerializer,
        examples=[OpenApiExample("A status", EVENT, request_only=True)],
        responses={200: OpenApiResponse(description="Received.")},
    ),
)

document(
    "webhooks.views.WebhookListView",
    get=describe(
        "webhooks",
        TAG,
        "List your webhooks",
        "All of them, oldest first.",
        answers={200: answer(WebhookListSerializer, "The webhooks.", Listed={**_OK, "DATA": [WEBHOOK]})},
        errors=errors.WEBHOOKS,
    ),
    post=describe(
        "webhook_create",
        TAG,
        "Create a webhook",
        "We then push to it what a poll would show. Its secret is shown once; keep it. Up to 10 webhooks.",
        request=WebhookRequestSerializer,
        example={"url": WEBHOOK["url"], "description": WEBHOOK["description"]},
        answers={
            200: answer(NewWebhookAnswerSerializer, "The webhook, with its secret.", Created=CREATED_ANSWER)
        },
        errors=errors.WEBHOOK_CREATE,
        callbacks=[PUSH],
    ),
)
document(
    "webhooks.views.WebhookDetailView",
    get=describe(
        "webhook",
        TAG,
        "Show a webhook",
        "Its state, and since when it fails.",
        answers={200: answer(WebhookAnswerSerializer, "The webhook.", Shown={**_OK, "DATA": WEBHOOK})},
        errors=errors.WEBHOOK,
    ),
    patch=describe(
        "webhook_update",
        TAG,
        "Change a webhook",
        "`disabled` stops deliveries, `enabled` resumes them, after a suspension too.",
        request=WebhookChangeSerializer,
        example={"state": "enabled"},
        answers={
            200: answer(
                WebhookAnswerSerializer,
                "The changed webhook.",
                Changed={**_OK, "Message": "Webhook updated", "DATA": WEBHOOK},
            )
        },
        errors=errors.WEBHOOK_CHANGE,
    ),
    delete=describe(
        "webhook_delete",
        TAG,
        "Delete a webhook",
        "Nothing more is sent to it.",
        answers={
            200: answer(
                WebhookDeletedSerializer, "It is gone.", Deleted={**_OK, "Message": "Webhook deleted"}
            )
        },
        errors=errors.WEBHOOK,
    ),
)
document(
    "webhooks.views.SecretView",
    post=describe(
        "webhook_secret",
        TAG,
        "Rotate the secret",
        "For 24 hours the two newest secrets sign, so that you can change yours in peace.",
        request=None,
        answers={
            200: answer(
                SecretAnswerSerializer,
                "The new secret.",
                Rotated={**_OK, "Message": "Secret rotated", "DATA": {"secret": SECRET}},
            )
        },
        errors=errors.WEBHOOK,
    ),
)
document(
    "webhooks.views.TestView",
    post=describe(
        "webhook_test",
        TAG,
        "Send a test event",
        "A `webhook.test`, delivered whatever `events` says.",
        request=None,
        answers={
            200: answer(
                TestEventAnswerSerializer,
                "It is queued.",
                Queued={**_OK, "Message": "Test event queued", "DATA": {"event_id": EVENT_ID}},
            )
        },
        errors=errors.WEBHOOK_TEST,
    ),
)
document(
    "webhooks.views.DeliveriesView",
    get=describe(
        "webhook_deliveries",
        TAG,
        "List deliveries",
        "Newest first, 100 a page, of the last 30 days.",
        parameters=[
            OpenApiParameter("state", str, enum=["pending", "delivered", "failed"]),
            OpenApiParameter("cursor", str, description="The `Next_Cursor` of the page before."),
        ],
        answers={200: answer(DeliveriesSerializer, "A page.", Page=DELIVERIES_ANSWER)},
        errors=errors.WEBHOOK_DELIVERIES,
    ),
)
document(
    "webhooks.views.ReplayView",
    post=describe(
        "webhook_replay",
        TAG,
        "Send events again",
        "One event, or all since a time, with the same event IDs. Pending ones come anyway and do not count.",
        request=ReplayRequestSerializer,
        example={"since": "2026-11-24T09:30:00+05:30", "only_failed": True},
        answers={
            200: answer(
                ReplayAnswerSerializer,
                "They are queued.",
                Queued={**_OK, "Message": "3 events queued", "DATA": {"count": 3}},
            )
        },
        errors=errors.WEBHOOK_REPLAY,
    ),
)
