"""The tracking endpoints."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from partners.endpoints import success
from portal.openapi.descriptions import DATE, DAY, MONEY, Body, answer, describe, success_body
from portal.openapi.endpoints import documented
from portal.openapi.orders import EXAMPLE_DATA
from tracking import batch, representations, views
from tracking.estimate_states import CURRENCY, EstimateState
from tracking.models import WorkflowStep

REFERENCE_ID = OpenApiParameter(
    "ReferenceID",
    str,
    required=True,
    description="The `request_id`, or your own `repair_ref_no`; case matters.",
)
CURSOR = OpenApiParameter("cursor", str, description="The `Next_Cursor` of the page before.")


class StatusSerializer(Body):
    """A status and when it was reached."""

    date = serializers.RegexField(DATE, help_text="DD-MM-YYYY HH:MM:SS, server time zone")
    status = serializers.CharField(help_text="The status code; visits are numbered")


class EstimateSummarySerializer(Body):
    """What tracking shows of the current estimate."""

    estimate_no = serializers.IntegerField()
    state = serializers.ChoiceField(EstimateState.values)
    currency = serializers.ChoiceField([CURRENCY])
    total = serializers.RegexField(MONEY)
    valid_until = serializers.RegexField(DAY, help_text="DD-MM-YYYY")


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


TrackingSerializer = success_body(
    "Tracking",
    "The answer for one order.",
    Message=serializers.CharField(required=False, help_text="Only while tracking has not started"),
    DATA=TrackingDataSerializer(),
)


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


BatchSerializer = success_body(
    "Batch",
    "The answer for many orders.",
    DATA=BatchEntrySerializer(many=True),
    Next_Cursor=serializers.CharField(
        required=False, allow_null=True, help_text="With `modified_since`: null on the last page"
    ),
)
HISTORY = [
    {"date": "23-11-2026 09:30:00", "status": "created"},
    {"date": "23-11-2026 10:02:41", "status": "assigned"},
    {"date": "23-11-2026 14:05:09", "status": "reached customer location - 1"},
]
STARTED_ANSWER = success(
    DATA={
        "current_status": HISTORY[-1],
        "tracking_details": HISTORY,
        "workflow": "technician",
        "is_final": False,
        "waiting_on": "us",
        "expected_hours": 2,
        "estimate": None,
    }
)
NOT_STARTED_ANSWER = success(
    representations.NOT_STARTED, DATA={"current_status": None, "tracking_details": []}
)
BATCH_ANSWER = success(
    DATA=[
        {"ReferenceID": EXAMPLE_DATA["service_request_id"], **EXAMPLE_DATA, **STARTED_ANSWER},
        {"ReferenceID": "REP99999", **documented("GET claim/tracking/", representations.UNKNOWN).body()},
    ]
)
describe(
    views.TrackingView,
    "GET claim/tracking/",
    "tracking",
    answer(TrackingSerializer, "The history.", Started=STARTED_ANSWER, Not_started=NOT_STARTED_ANSWER),
    parameters=[
        REFERENCE_ID,
        OpenApiParameter(
            "If-None-Match", str, OpenApiParameter.HEADER, description="The `ETag` of your last answer."
        ),
        *(
            OpenApiParameter(name, str, OpenApiParameter.HEADER, description=text, response=[200, 304])
            for name, text in (
                ("ETag", "Names this state of the history."),
                ("Last-Modified", "When the history last changed."),
                ("Cache-Control", "Ask again each time, with the `ETag`."),
            )
        ),
    ],
    responses={304: OpenApiResponse(description="Nothing has changed since the answer with that `ETag`.")},
)
describe(
    views.TrackingBatchView,
    "GET claim/tracking/batch/",
    "tracking_batch",
    answer(BatchSerializer, "One entry for each order.", Answered=BATCH_ANSWER),
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
        CURSOR,
    ],
)
describe(
    views.TrackingBatchView,
    "POST claim/tracking/batch/",
    "tracking_batch_posted",
    answer(BatchSerializer, "One entry for each reference.", Answered=BATCH_ANSWER),
    request=BatchRequestSerializer,
)
