"""The order endpoints: one order as JSON, a workbook of orders, and the template."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers

from portal.openapi.descriptions import (
    Body,
    ErrorSerializer,
    NumericErrorSerializer,
    answer,
    describe,
    success_body,
)
from repairs import request_ids, services, views
from repairs.bulk import form, importer, orders_sheet
from repairs.fields import API_FIELDS, PINCODE, UPLOAD_FIELDS
from repairs.serializers import RepairOrderSerializer, document

EXAMPLE_ORDER = {field.name: field.example for field in API_FIELDS}
EXAMPLE_DATA = services.order_data("REPAIR202611230042", EXAMPLE_ORDER["repair_ref_no"])
ORDER_ANSWER = {"Success": "True", "Message": services.RAISED, "Status_code": "200", "DATA": EXAMPLE_DATA}


class OrderDataSerializer(Body):
    """The two names of an order: ours and the partner's."""

    request_id = serializers.RegexField(f"^{request_ids.PATTERN}$", help_text="Our ID of the order")
    service_request_id = serializers.CharField(help_text="Your `repair_ref_no`")


class DuplicateSerializer(ErrorSerializer):
    """The error of a reference that was used before, with the first order's names."""

    DATA = OrderDataSerializer()


describe(
    views.SingleOrderView,
    "POST repair/single-order/",
    "single_order",
    answer(
        success_body("OrderAnswer", "The answer to a new order.", message=True, DATA=OrderDataSerializer()),
        "The order is stored.",
        Stored=ORDER_ANSWER,
    ),
    request=RepairOrderSerializer,
    example=EXAMPLE_ORDER,
    error_bodies={409: DuplicateSerializer},
    extra={services.DUPLICATE: {"DATA": EXAMPLE_DATA}},
)


@extend_schema_field(OpenApiTypes.BINARY)
class WorkbookField(serializers.FileField):
    """A file as it is sent; in an answer it would be an address."""


class BulkOrderSerializer(Body):
    """The form of an upload; its parts' names contain spaces."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Returns the parts as DRF fields."""
        parts = {field.name: document(field) for field in UPLOAD_FIELDS}
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


BulkAnswerSerializer = success_body(
    "BulkAnswer",
    "The result of each row of an upload.",
    Status_code=serializers.ChoiceField(choices=[200]),
    message=True,
    Uploaded_Orders_Count=serializers.IntegerField(),
    Duplicate_Orders_Count=serializers.IntegerField(),
    Duplicate_Reference_IDs=serializers.ListField(child=serializers.CharField()),
    Invalid_Orders_Count=serializers.IntegerField(),
    Invalid_Orders=InvalidOrderSerializer(many=True),
    DATA=UploadedOrderSerializer(many=True),
)


class BulkErrorSerializer(NumericErrorSerializer):
    """An error of an upload; if no row is valid it lists them."""

    Invalid_Orders = InvalidOrderSerializer(many=True, required=False)


INVALID_ROW = {"row": 5, "repair_ref_no": "REP10004", "errors": {"Pincode": [PINCODE.reason]}}
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
describe(
    views.BulkOrderView,
    "POST repair/bulk-order/",
    "bulk_order",
    answer(
        BulkAnswerSerializer, "The result of each row.", Stored=BULK_ANSWER, Validate_Only=VALIDATED_ANSWER
    ),
    request={"multipart/form-data": BulkOrderSerializer},
    error_bodies={400: BulkErrorSerializer},
    extra={importer.NONE_VALID: {"Invalid_Orders": [INVALID_ROW]}},
)
describe(
    views.SampleTemplateView,
    "GET sample-template/",
    "sample_template",
    OpenApiResponse(OpenApiTypes.BINARY, "`repair_template.xlsx`"),
    media_type=orders_sheet.MEDIA_TYPE,
)
