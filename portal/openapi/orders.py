"""The order endpoints: one order as JSON, a workbook of orders, and the template."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers

from portal.openapi import errors
from portal.openapi.descriptions import (
    Body,
    ErrorSerializer,
    NumericErrorSerializer,
    answer,
    describe,
    document,
)
from portal.openapi.errors import EXAMPLE_DATA, EXAMPLE_ORDER, INVALID_ROW
from repairs import request_ids, services
from repairs.bulk import form, orders_sheet
from repairs.fields import EMAIL, UPLOAD_FIELDS
from repairs.serializers import RepairOrderSerializer

TAG = "Orders"


class OrderDataSerializer(Body):
    """The two names of an order: ours and the partner's."""

    request_id = serializers.RegexField(f"^{request_ids.PATTERN}$", help_text="Our ID of the order")
    service_request_id = serializers.CharField(help_text="Your `repair_ref_no`")


class OrderAnswerSerializer(Body):
    """The answer to a new order."""

    Success = serializers.ChoiceField(choices=["True"])
    Message = serializers.CharField()
    Status_code = serializers.ChoiceField(choices=["200"])
    DATA = OrderDataSerializer()


class DuplicateSerializer(ErrorSerializer):
    """The error of a reference that was used before, with the first order's names."""

    DATA = OrderDataSerializer()


ORDER_ANSWER = {
    "Success": "True",
    "Message": services.RAISED,
    "Status_code": "200",
    "DATA": EXAMPLE_DATA,
}
document(
    "repairs.views.SingleOrderView",
    post=describe(
        "single_order",
        TAG,
        "Raise one repair order",
        "Stores one order and answers with its request ID. Safe to send again: the same `repair_ref_no` "
        "answers 409 with the first order's ID.",
        request=RepairOrderSerializer,
        example=EXAMPLE_ORDER,
        answers={200: answer(OrderAnswerSerializer, "The order is stored.", Stored=ORDER_ANSWER)},
        errors=errors.SINGLE_ORDER,
        error_bodies={409: DuplicateSerializer},
    ),
)


@extend_schema_field(OpenApiTypes.BINARY)
class WorkbookField(serializers.FileField):
    """A file as it is sent; in an answer it would be an address."""


class BulkOrderSerializer(Body):
    """The form of an upload; its parts' names contain spaces."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Returns the parts as DRF fields."""
        parts: dict[str, serializers.Field[Any, Any, Any, Any]] = {
            field.name: (serializers.EmailField if field.rule is EMAIL else serializers.CharField)(
                max_length=field.max_length, help_text=field.description
            )
            for field in UPLOAD_FIELDS
        }
        parts[form.FILE_PART] = WorkbookField(
            help_text=f"The .xlsx workbook: at most 10 MB and {orders_sheet.MAX_ORDERS} orders"
        )
        parts[form.VALIDATE_ONLY_PART] = serializers.ChoiceField(
            ["true", "false"],
            required=False,
            help_text="`true` only says what would happen; nothing is stored",
        )
        return parts


class InvalidOrderSerializer(Body):
    """A row that was skipped, and why."""

    row = serializers.IntegerField(help_text="The sheet's own row number")
    repair_ref_no = serializers.CharField(allow_blank=True)
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment] # the wire's name


class UploadedOrderSerializer(OrderDataSerializer):
    """A stored order; with Validate Only it has no `request_id`."""

    request_id = serializers.RegexField(f"^{request_ids.PATTERN}$", required=False)


class BulkAnswerSerializer(Body):
    """The result of each row of an upload."""

    Success = serializers.ChoiceField(choices=["True"])
    Status_code = serializers.ChoiceField(choices=[200])
    Message = serializers.CharField()
    Uploaded_Orders_Count = serializers.IntegerField()
    Duplicate_Orders_Count = serializers.IntegerField()
    Duplicate_Reference_IDs = serializers.ListField(child=serializers.CharField())
    Invalid_Orders_Count = serializers.IntegerField()
    Invalid_Orders = InvalidOrderSerializer(many=True)
    DATA = UploadedOrderSerializer(many=True)


class BulkErrorSerializer(NumericErrorSerializer):
    """An error of an upload; if no row is valid it lists them."""

    Invalid_Orders = InvalidOrderSerializer(many=True, required=False)


SECOND = {"request_id": "REPAIR202611238113", "service_request_id": "REP10002"}
BULK_ANSWER = {
    "Success": "True",
    "Status_code": 200,
    "Message": "2 repair orders uploaded successfully",
    "Uploaded_Orders_Count": 2,
    "Duplicate_Orders_Count": 1,
    "Duplicate_Reference_IDs": ["REP10003"],
    "Invalid_Orders_Count": 1,
    "Invalid_Orders": [INVALID_ROW],
    "DATA": [EXAMPLE_DATA, SECOND],
}
VALIDATED_ANSWER = {
    **BULK_ANSWER,
    "Message": "2 repair orders would be uploaded",
    "DATA": [{"service_request_id": order["service_request_id"]} for order in (EXAMPLE_DATA, SECOND)],
}
document(
    "repairs.views.BulkOrderView",
    post=describe(
        "bulk_order",
        TAG,
        "Upload a workbook of orders",
        "Validates each row by itself: invalid rows and duplicates are skipped and reported, all others are "
        "stored in one transaction. A summary goes to `Client Email`.",
        request={"multipart/form-data": BulkOrderSerializer},
        answers={
            200: answer(
                BulkAnswerSerializer,
                "The result of each row.",
                Stored=BULK_ANSWER,
                Validate_Only=VALIDATED_ANSWER,
            )
        },
        errors=errors.BULK_ORDER,
        error_bodies={400: BulkErrorSerializer},
        error_body=NumericErrorSerializer,
    ),
)
document(
    "repairs.views.SampleTemplateView",
    get=describe(
        "sample_template",
        TAG,
        "Download the template",
        "The workbook to fill in: the 14 required columns as text, and a sample row.",
        answers={
            (200, orders_sheet.MEDIA_TYPE): OpenApiResponse(OpenApiTypes.BINARY, "`repair_template.xlsx`")
        },
        errors=errors.TEMPLATE,
        media_type=orders_sheet.MEDIA_TYPE,
    ),
)
