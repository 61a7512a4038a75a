"""The order endpoints, as the OpenAPI document and the partner guide show them."""

from collections.abc import Mapping

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers

from partners.schema import BAD_TOKEN
from repairs import request_ids, services
from repairs.fields import API_FIELDS, EMAIL, ENGAGEMENT, MISSING, MOBILE, PINCODE, PLACE, Rule
from repairs.serializers import RepairOrderSerializer
from warrantify.documents import (
    FAULT,
    HEADERS,
    INVALID_DATA,
    MALFORMED_JSON,
    NO_PARTNER,
    NOT_JSON,
    REQUEST_ID,
    TOO_LARGE,
    TOO_MANY,
    UNAVAILABLE,
    ErrorSerializer,
    Refusal,
    answer,
    responses,
)
from warrantify.text import REQUIRED

REQUEST_ID_OF_EXAMPLE = "REPAIR202611230042"
EXAMPLE_ORDER = {field.name: field.example for field in API_FIELDS}
EXAMPLE_DATA = services.order_data(REQUEST_ID_OF_EXAMPLE, EXAMPLE_ORDER["repair_ref_no"])


class OrderDataSerializer(serializers.Serializer[Mapping[str, str]]):
    """The two names of an order: ours and the partner's."""

    request_id = serializers.RegexField(f"^{request_ids.PATTERN}$", help_text="Our ID of the order")
    service_request_id = serializers.CharField(help_text="Your `repair_ref_no`")


class OrderAnswerSerializer(serializers.Serializer[Mapping[str, object]]):
    """The answer to a new order."""

    Success = serializers.ChoiceField(choices=["True"])
    Message = serializers.CharField()
    Status_code = serializers.ChoiceField(choices=["200"])
    DATA = OrderDataSerializer()


class DuplicateSerializer(ErrorSerializer):
    """The refusal of a reference that was used before, with the first order's names."""

    DATA = OrderDataSerializer()


def _breach(rule: Rule, field: str, cause: str) -> Refusal:
    return Refusal(400, rule.message, cause, rule.reason, errors={field: [rule.reason]})


SINGLE_ORDER_REFUSALS = (
    MALFORMED_JSON,
    Refusal(
        400,
        MISSING,
        "Required fields are missing, null or blank.",
        "Send every field that `Errors` names.",
        errors={"IMEINo": [REQUIRED], "Size": [REQUIRED]},
    ),
    _breach(PLACE, "City", "City or State has other characters than letters."),
    _breach(PINCODE, "Pincode", "Pincode is not 6 digits."),
    _breach(MOBILE, "CustomerMobile", "CustomerMobile is not 10 digits."),
    _breach(EMAIL, "CustomerEmail", "CustomerEmail is no e-mail address."),
    _breach(ENGAGEMENT, "Engagement_Type", "Engagement_Type is none of the three words."),
    INVALID_DATA,
    BAD_TOKEN,
    NO_PARTNER,
    Refusal(
        409,
        services.DUPLICATE,
        "You have sent this `repair_ref_no` before.",
        "Keep `DATA.request_id`: it is the ID of the first order. A new repair needs a new reference.",
        extra={"DATA": EXAMPLE_DATA},
        serializer=DuplicateSerializer,
    ),
    TOO_LARGE,
    NOT_JSON,
    TOO_MANY,
    FAULT,
    UNAVAILABLE,
)

ORDER_ANSWER = {
    "Success": "True",
    "Message": services.RAISED,
    "Status_code": "200",
    "DATA": EXAMPLE_DATA,
}

single_order = extend_schema(
    operation_id="single_order",
    tags=["Orders"],
    summary="Raise one repair order",
    description=(
        "Stores one order and answers with its request ID. Safe to send again: the same "
        "`repair_ref_no` answers 409 with the first order's ID."
    ),
    parameters=[REQUEST_ID, *HEADERS],
    request=RepairOrderSerializer,
    examples=[OpenApiExample("An order", EXAMPLE_ORDER, request_only=True)],
    responses={
        200: answer(OrderAnswerSerializer, "The order is stored.", Stored=ORDER_ANSWER),
        **responses(SINGLE_ORDER_REFUSALS),
    },
)
