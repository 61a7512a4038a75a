"""The tracking endpoints, as the OpenAPI document and the partner guide show them."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from partners.schema import BAD_KEY
from repairs.schema import EXAMPLE_DATA
from tracking import batch, representations
from tracking.models import WorkflowStep
from warrantify.documents import (
    FAULT,
    HEADERS,
    INVALID_DATA,
    MALFORMED_JSON,
    NOT_JSON,
    REQUEST_ID,
    TOO_LARGE,
    TOO_MANY,
    UNAVAILABLE,
    Refusal,
    answer,
    header,
    responses,
)

DATE = "^[0-9]{2}-[0-9]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}$"


class StatusSerializer(serializers.Serializer[Mapping[str, str]]):
    """A status and when it was reached."""

    date = serializers.RegexField(DATE, help_text="DD-MM-YYYY HH:MM:SS, server time zone")
    status = serializers.CharField(help_text="The status code; visits are numbered")


class TrackingDataSerializer(serializers.Serializer[Mapping[str, Any]]):
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


class TrackingSerializer(serializers.Serializer[Mapping[str, Any]]):
    """Where an order stands."""

    Success = serializers.ChoiceField(choices=["True"])
    Status_code = serializers.ChoiceField(choices=["200"])
    Message = serializers.CharField(required=False, help_text="Only while tracking has not started")
    DATA = TrackingDataSerializer()


class BatchEntrySerializer(serializers.Serializer[Mapping[str, Any]]):
    """What the single look-up answers for one reference, be it an error."""

    ReferenceID = serializers.CharField(help_text="As it was asked")
    request_id = serializers.CharField(required=False)
    service_request_id = serializers.CharField(required=False)
    Success = serializers.ChoiceField(choices=["True", "False"])
    Status_code = serializers.ChoiceField(choices=["200", "404"])
    Message = serializers.CharField(required=False)
    DATA = TrackingDataSerializer(required=False)


class BatchRequestSerializer(serializers.Serializer[Mapping[str, Any]]):
    """Which orders are asked for."""

    ReferenceID = serializers.ListField(
        child=serializers.CharField(),
        min_length=1,
        max_length=batch.MAX_ENTRIES,
        help_text="Request IDs or references, each taken as it is, commas included",
    )


class BatchSerializer(serializers.Serializer[Mapping[str, Any]]):
    """Where many orders stand."""

    Success = serializers.ChoiceField(choices=["True"])
    Status_code = serializers.ChoiceField(choices=["200"])
    DATA = BatchEntrySerializer(many=True)
    Next_Cursor = serializers.CharField(
        required=False, allow_null=True, help_text="With `modified_since`: null on the last page"
    )


ABSENT = Refusal(
    400, representations.REFERENCE_REQUIRED, "`ReferenceID` is missing or blank.", "Add `?ReferenceID=...`."
)
TRACKING_REFUSALS = (
    ABSENT,
    BAD_KEY,
    Refusal(
        404,
        representations.UNKNOWN,
        "None of your orders has this request ID or reference.",
        "Compare it letter by letter: case matters.",
    ),
    TOO_MANY,
    FAULT,
    UNAVAILABLE,
)
BATCH_REFUSALS = (
    ABSENT,
    Refusal(
        400,
        INVALID_DATA.message,
        "There are over 100 references, or a time is none or out of range, or a cursor was not given to you.",
        "Correct what `Errors` names.",
        errors={"modified_since": ["Give a time in ISO 8601: 2026-11-23T09:30:00+05:30."]},
    ),
    BAD_KEY,
    TOO_MANY,
    FAULT,
    UNAVAILABLE,
)
BATCH_POST_REFUSALS = (
    MALFORMED_JSON,
    ABSENT,
    Refusal(
        400,
        INVALID_DATA.message,
        "`ReferenceID` is no list of texts, or holds over 100.",
        "Correct what `Errors` names.",
        errors={"ReferenceID": ["Give a list of references."]},
    ),
    BAD_KEY,
    TOO_LARGE,
    NOT_JSON,
    TOO_MANY,
    FAULT,
    UNAVAILABLE,
)

_HISTORY = [
    {"date": "23-11-2026 09:30:00", "status": "created"},
    {"date": "23-11-2026 10:02:41", "status": "assigned"},
    {"date": "23-11-2026 14:05:09", "status": "reached customer location - 1"},
]
STARTED_ANSWER = {
    "Success": "True",
    "Status_code": "200",
    "DATA": {
        "current_status": _HISTORY[-1],
        "tracking_details": _HISTORY,
        "workflow": "technician",
        "is_final": False,
        "waiting_on": "us",
        "expected_hours": 2,
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
        {"ReferenceID": "REP99999", **TRACKING_REFUSALS[2].body()},
    ],
}

_CONDITIONAL = [
    OpenApiParameter(
        "If-None-Match", str, OpenApiParameter.HEADER, description="The `ETag` of your last answer."
    ),
    header("ETag", "Names this state of the history.", str, [200, 304]),
    header("Last-Modified", "When the history last changed.", str, [200, 304]),
    header("Cache-Control", "Ask again each time, with the `ETag`.", str, [200, 304]),
]
tracking = extend_schema(
    operation_id="tracking",
    tags=["Tracking"],
    summary="Track an order",
    description=(
        "Where an order stands and how it got there. Poll with `If-None-Match`: an unchanged history is a "
        "304 without a body, and costs nothing of your rate limit."
    ),
    parameters=[
        OpenApiParameter(
            "ReferenceID",
            str,
            required=True,
            description="The `request_id`, or your own `repair_ref_no`; case matters.",
        ),
        REQUEST_ID,
        *_CONDITIONAL,
        *HEADERS,
    ],
    responses={
        200: answer(
            TrackingSerializer, "The history.", Started=STARTED_ANSWER, Not_started=NOT_STARTED_ANSWER
        ),
        304: OpenApiResponse(description="Nothing has changed since the answer with that `ETag`."),
        **responses(TRACKING_REFUSALS),
    },
)
tracking_batch = extend_schema(
    operation_id="tracking_batch",
    tags=["Tracking"],
    summary="Track many orders",
    description=(
        "Up to 100 references at once, each with its own answer in the order asked; or, with "
        "`modified_since`, all your orders whose tracking changed since, in pages of 100."
    ),
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
        REQUEST_ID,
        *HEADERS,
    ],
    responses={
        200: answer(BatchSerializer, "One entry for each order.", Answered=BATCH_ANSWER),
        **responses(BATCH_REFUSALS),
    },
)
tracking_batch_posted = extend_schema(
    operation_id="tracking_batch_posted",
    tags=["Tracking"],
    summary="Track many orders, named in the body",
    description="As `GET` with references, for those that hold a comma or make the URL too long.",
    parameters=[REQUEST_ID, *HEADERS],
    request=BatchRequestSerializer,
    responses={
        200: answer(BatchSerializer, "One entry for each reference.", Answered=BATCH_ANSWER),
        **responses(BATCH_POST_REFUSALS),
    },
)
