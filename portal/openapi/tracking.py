"""The tracking endpoints."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from portal.openapi import errors
from portal.openapi.descriptions import Body, answer, describe, document, header
from portal.openapi.errors import EXAMPLE_DATA
from tracking import batch, representations
from tracking.estimate_states import CURRENCY, EstimateState
from tracking.models import WorkflowStep

TAG = "Tracking"
DATE = "^[0-9]{2}-[0-9]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}$"


class StatusSerializer(Body):
    """A status and when it was reached."""

    date = serializers.RegexField(DATE, help_text="DD-MM-YYYY HH:MM:SS, server time zone")
    status = serializers.CharField(help_text="The status code; visits are numbered")


class EstimateSummarySerializer(Body):
    """What tracking shows of the current estimate."""

    estimate_no = serializers.IntegerField()
    state = serializers.ChoiceField(EstimateState.values)
    currency = serializers.ChoiceField([CURRENCY])
    total = serializers.RegexField("^[0-9]+\\.[0-9]{2}$")
    valid_until = serializers.RegexField("^[0-9]{2}-[0-9]{2}-[0-9]{4}$", help_text="DD-MM-YYYY")


class TrackingDataSerializer(Body):
    """The history of an order. From `workflow` on: only once tracking has started."""

    current_status = StatusSerializer(allow_null=True, help_text="The last of `tracking_details`")
    tracking_details = StatusSerializer(many=True, help_text="Oldest first")
    workflow = serializers.ChoiceField(["service_center", "technician", "no_part"], required=False)
    is_final = serializers.BooleanField(required=False, help_text="Nothing follows")
    waiting_on = serializers.ChoiceField(
        WorkflowStep.WaitingOn.values, required=False, allow_null=True, help_text="Who has to act"
    )
    expected_hours = serializers.IntegerField(
        required=False, allow_null=True, help_text="How long this status usually takes"
    )
    estimate = EstimateSummarySerializer(
        required=False, allow_null=True, help_text="The current estimate; null: none"
    )


class TrackingSerializer(Body):
    """The answer for one order."""

    Success = serializers.ChoiceField(choices=["True"])
    Status_code = serializers.ChoiceField(choices=["200"])
    Message = serializers.CharField(required=False, help_text="Only while tracking has not started")
    DATA = TrackingDataSerializer()


class BatchEntrySerializer(Body):
    """What the single look-up answers for one reference, errors included."""

    ReferenceID = serializers.CharField(help_text="As it was asked")
    request_id = serializers.CharField(required=False)
    service_request_id = serializers.CharField(required=False)
    Success = serializers.ChoiceField(choices=["True", "False"])
    Status_code = serializers.ChoiceField(choices=["200", "404"])
    Message = serializers.CharField(required=False)
    DATA = TrackingDataSerializer(required=False)


class BatchRequestSerializer(Body):
    """The orders that are asked for."""

    ReferenceID = serializers.ListField(
        child=serializers.CharField(),
        min_length=1,
        max_length=batch.MAX_ENTRIES,
        help_text="Request IDs or references, each taken as it is, commas included",
    )


class BatchSerializer(Body):
    """The answer for many orders."""

    Success = serializers.ChoiceField(choices=["True"])
    Status_code = serializers.ChoiceField(choices=["200"])
    DATA = BatchEntrySerializer(many=True)
    Next_Cursor = serializers.CharField(
        required=False, allow_null=True, help_text="With `modified_since`: null on the last page"
    )


HISTORY = [
    {"date": "23-11-2026 09:30:00", "status": "created"},
    {"date": "23-11-2026 10:02:41", "status": "assigned"},
    {"date": "23-11-2026 14:05:09", "status": "reached customer location - 1"},
]
STARTED_ANSWER = {
    "Success": "True",
    "Status_code": "200",
    "DATA": {
        "current_status": HISTORY[-1],
        "tracking_details": HISTORY,
        "workflow": "technician",
        "is_final": False,
        "waiting_on": "us",
        "expected_hours": 2,
        "estimate": None,
    },
}
NOT_STARTED_ANSWER = {
    "Success": "True",
    "Status_code": "200",
    "Message": representations.NOT_STARTED,
    "DATA": {"current_status": None, "tracking_details": []},
}
BATCH_ANSWER = {
    "Success": "True",
    "Status_code": "200",
    "DATA": [
        {"ReferenceID": EXAMPLE_DATA["service_request_id"], **EXAMPLE_DATA, **STARTED_ANSWER},
        {"ReferenceID": "REP99999", **errors.UNKNOWN.body()},
    ],
}
document(
    "tracking.views.TrackingView",
    get=describe(
        "tracking",
        TAG,
        "Track an order",
        "The current status of an order and its history. Poll with `If-None-Match`: an unchanged history is "
        "a 304 without a body, and does not count against your rate limit.",
        parameters=[
            OpenApiParameter(
                "ReferenceID",
                str,
                required=True,
                description="The `request_id`, or your own `repair_ref_no`; case matters.",
            ),
            OpenApiParameter(
                "If-None-Match", str, OpenApiParameter.HEADER, description="The `ETag` of your last answer."
            ),
            header("ETag", "Names this state of the history.", 200, 304),
            header("Last-Modified", "When the history last changed.", 200, 304),
            header("Cache-Control", "Ask again each time, with the `ETag`.", 200, 304),
        ],
        answers={
            200: answer(
                TrackingSerializer, "The history.", Started=STARTED_ANSWER, Not_started=NOT_STARTED_ANSWER
            ),
            304: OpenApiResponse(description="Nothing has changed since the answer with that `ETag`."),
        },
        errors=errors.TRACKING,
    ),
)
document(
    "tracking.views.TrackingBatchView",
    get=describe(
        "tracking_batch",
        TAG,
        "Track many orders",
        "Up to 100 references at once, each with its own answer in the order asked; or, with "
        "`modified_since`, all your orders whose tracking changed since, in pages of 100.",
        parameters=[
            OpenApiParameter(
                "ReferenceID",
                {"type": "array", "items": {"type": "string"}, "maxItems": batch.MAX_ENTRIES},
                description="Request IDs or references: repeated, or comma separated.",
                explode=True,
                style="form",
            ),
            OpenApiParameter(
                "modified_since", OpenApiTypes.DATETIME, description="ISO 8601; `+` in a query reads `%2B`."
            ),
            OpenApiParameter("cursor", str, description="The `Next_Cursor` of the page before."),
        ],
        answers={200: answer(BatchSerializer, "One entry for each order.", Answered=BATCH_ANSWER)},
        errors=errors.BATCH,
    ),
    post=describe(
        "tracking_batch_posted",
        TAG,
        "Track many orders, named in the body",
        "As `GET` with references, for those that contain a comma or make the URL too long.",
        request=BatchRequestSerializer,
        answers={200: answer(BatchSerializer, "One entry for each reference.", Answered=BATCH_ANSWER)},
        errors=errors.BATCH_POST,
    ),
)
