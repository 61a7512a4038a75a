"""The webhook endpoints, and the bodies that webhooks send."""

from drf_spectacular.utils import (
    OpenApiCallback,
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers

from partners.endpoints import success
from portal.openapi.descriptions import DATE, Body, answer, body, describe, example, success_body
from portal.openapi.orders import EXAMPLE_DATA
from portal.openapi.tracking import CURSOR, STARTED_ANSWER, TrackingDataSerializer
from tracking.signals import TRACKING_UPDATED
from webhooks import views
from webhooks.events import EVENT_TYPES
from webhooks.forms import WebhookChangeSerializer, WebhookRequestSerializer
from webhooks.models import Webhook

WEBHOOK_ID = "^wh_[0-9a-f]{24}$"
EVENT_ID = "^evt_[0-9a-f]{24}$"
SECRET = "^whsec_"
MOMENT = "24-11-2026 15:00:00"
DELIVERY_STATES = ["pending", "delivered", "failed"]


class WebhookSerializer(Body):
    """A webhook."""

    webhook_id = serializers.RegexField(WEBHOOK_ID, initial="wh_0123456789abcdef01234567")
    url = serializers.CharField(initial="https://partner.example.com/hooks")
    events = serializers.ListField(child=serializers.ChoiceField(EVENT_TYPES), initial=list(EVENT_TYPES))
    description = serializers.CharField(allow_blank=True, initial="Order system")
    state = serializers.ChoiceField(Webhook.State.values, initial="enabled")
    state_reason = serializers.CharField(allow_null=True, help_text="Why it is suspended", initial=None)
    created = serializers.RegexField(DATE, initial=MOMENT)
    failing_since = serializers.RegexField(
        DATE, allow_null=True, help_text="Null while it works", initial=None
    )


class NewWebhookSerializer(WebhookSerializer):
    """A webhook with its secret."""

    secret = serializers.RegexField(SECRET, help_text="Shown here and at rotation only")


class DeliverySerializer(Body):
    """An event on its way to a webhook."""

    event_id = serializers.RegexField(EVENT_ID, initial="evt_0123456789abcdef01234567")
    type = serializers.ChoiceField(EVENT_TYPES, initial=TRACKING_UPDATED)
    request_id = serializers.CharField(
        allow_null=True, help_text="Null for tests", initial=EXAMPLE_DATA["request_id"]
    )
    sequence = serializers.IntegerField(allow_null=True, help_text="Null for tests", initial=3)
    state = serializers.ChoiceField(DELIVERY_STATES, initial="pending")
    attempts = serializers.IntegerField(help_text="Since it was last queued", initial=2)
    next_attempt = serializers.RegexField(DATE, allow_null=True, initial=MOMENT)
    last_status = serializers.IntegerField(
        allow_null=True, help_text="Your endpoint's last HTTP status", initial=500
    )
    last_error = serializers.CharField(allow_null=True, initial="The answer was HTTP 500.")
    created = serializers.RegexField(DATE, initial=MOMENT)
    delivered = serializers.RegexField(DATE, allow_null=True, initial=None)


class ReplayRequestSerializer(Body):
    """One event, or all since a time."""

    event_id = serializers.CharField(required=False)
    since = serializers.CharField(required=False, help_text="ISO 8601")
    only_failed = serializers.BooleanField(required=False, allow_null=True)


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


Secret = body("Secret", "A secret.", secret=serializers.RegexField(SECRET))
TestEvent = body("TestEvent", "The event queued.", event_id=serializers.RegexField(EVENT_ID))
Count = body("Count", "How many.", count=serializers.IntegerField())
WEBHOOK = example(WebhookSerializer)
NEW_SECRET = {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0123456789A="}
CREATED_ANSWER = success("Webhook created", DATA={**WEBHOOK, **NEW_SECRET})
DELIVERY = example(DeliverySerializer)
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
            OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=description)
            for name, kind, description in (
                ("webhook-id", str, "The event's ID."),
                ("webhook-timestamp", int, "Unix seconds."),
                ("webhook-signature", str, "`v1,<base64>`, space separated."),
            )
        ],
        request=EventSerializer,
        examples=[OpenApiExample("A status", EVENT, request_only=True)],
        responses={200: OpenApiResponse(description="Received.")},
    ),
)

WebhookAnswerSerializer = success_body(
    "WebhookAnswer",
    "The answer for one webhook.",
    Message=serializers.CharField(required=False),
    DATA=WebhookSerializer(),
)

describe(
    views.WebhookListView,
    "GET webhooks/",
    "webhooks",
    answer(
        success_body("WebhookList", "All webhooks.", DATA=WebhookSerializer(many=True)),
        "The webhooks.",
        Listed=success(DATA=[WEBHOOK]),
    ),
)
describe(
    views.WebhookListView,
    "POST webhooks/",
    "webhook_create",
    answer(
        success_body(
            "NewWebhookAnswer", "The answer to a new webhook.", message=True, DATA=NewWebhookSerializer()
        ),
        "The webhook, with its secret.",
        Created=CREATED_ANSWER,
    ),
    request=WebhookRequestSerializer,
    example={"url": WEBHOOK["url"], "description": WEBHOOK["description"]},
    callbacks=[PUSH],
)
describe(
    views.WebhookDetailView,
    "GET webhooks/{webhook_id}/",
    "webhook",
    answer(WebhookAnswerSerializer, "The webhook.", Shown=success(DATA=WEBHOOK)),
)
describe(
    views.WebhookDetailView,
    "PATCH webhooks/{webhook_id}/",
    "webhook_update",
    answer(WebhookAnswerSerializer, "The changed webhook.", Changed=success("Webhook updated", DATA=WEBHOOK)),
    request=WebhookChangeSerializer,
    example={"state": "enabled"},
)
describe(
    views.WebhookDetailView,
    "DELETE webhooks/{webhook_id}/",
    "webhook_delete",
    answer(
        success_body("WebhookDeleted", "The answer to a deletion.", message=True),
        "It is gone.",
        Deleted=success("Webhook deleted"),
    ),
)
describe(
    views.SecretView,
    "POST webhooks/{webhook_id}/secret/",
    "webhook_secret",
    answer(
        success_body(
            "SecretAnswer",
            "The answer to a rotation.",
            message=True,
            DATA=Secret(),
        ),
        "The new secret.",
        Rotated=success("Secret rotated", DATA=NEW_SECRET),
    ),
)
describe(
    views.TestView,
    "POST webhooks/{webhook_id}/test/",
    "webhook_test",
    answer(
        success_body(
            "TestEventAnswer",
            "The answer to a test.",
            message=True,
            DATA=TestEvent(),
        ),
        "It is queued.",
        Queued=success("Test event queued", DATA={"event_id": DELIVERY["event_id"]}),
    ),
)
describe(
    views.DeliveriesView,
    "GET webhooks/{webhook_id}/deliveries/",
    "webhook_deliveries",
    answer(
        success_body(
            "Deliveries",
            "A page of deliveries.",
            DATA=DeliverySerializer(many=True),
            Next_Cursor=serializers.CharField(allow_null=True, help_text="Null on the last page"),
        ),
        "A page.",
        Page=success(DATA=[DELIVERY], Next_Cursor=None),
    ),
    parameters=[OpenApiParameter("state", str, enum=DELIVERY_STATES), CURSOR],
)
describe(
    views.ReplayView,
    "POST webhooks/{webhook_id}/replay/",
    "webhook_replay",
    answer(
        success_body(
            "ReplayAnswer",
            "The answer to a replay.",
            message=True,
            DATA=Count(),
        ),
        "They are queued.",
        Queued=success("3 events queued", DATA={"count": 3}),
    ),
    request=ReplayRequestSerializer,
    example={"since": "2026-11-24T09:30:00+05:30", "only_failed": True},
)
