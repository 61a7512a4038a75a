"""Bulk upload and template, as the OpenAPI document and the partner guide show them."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers

from partners.schema import BAD_KEY
from repairs import request_ids
from repairs.bulk import form, importer, orders_sheet, template
from repairs.fields import EMAIL, INVALID, MISSING_PART, PINCODE, UPLOAD_FIELDS
from repairs.schema import EXAMPLE_DATA, OrderDataSerializer
from warrantify.documents import (
    FAULT,
    HEADERS,
    REQUEST_ID,
    TOO_MANY,
    UNAVAILABLE,
    NumericErrorSerializer,
    Refusal,
    answer,
    responses,
)
from warrantify.text import REQUIRED

INVALID_ROW = {"row": 5, "repair_ref_no": "REP10004", "errors": {"Pincode": [PINCODE.reason]}}


@extend_schema_field(OpenApiTypes.BINARY)
class WorkbookField(serializers.FileField):
    """A file as it is sent; answered, it would be an address."""


class BulkOrderSerializer(serializers.Serializer[Mapping[str, Any]]):
    """The form of an upload; its parts' names hold spaces."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The parts as DRF fields."""
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


class InvalidOrderSerializer(serializers.Serializer[Mapping[str, Any]]):
    """A row that was skipped, and why."""

    row = serializers.IntegerField(help_text="The sheet's own row number")
    repair_ref_no = serializers.CharField(allow_blank=True)
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment] # the wire's name


class UploadedOrderSerializer(OrderDataSerializer):
    """A stored order; with Validate Only it has no `request_id`."""

    request_id = serializers.RegexField(f"^{request_ids.PATTERN}$", required=False)


class BulkAnswerSerializer(serializers.Serializer[Mapping[str, Any]]):
    """How the rows of an upload fared."""

    Success = serializers.ChoiceField(choices=["True"])
    Status_code = serializers.ChoiceField(choices=[200])
    Message = serializers.CharField()
    Uploaded_Orders_Count = serializers.IntegerField()
    Duplicate_Orders_Count = serializers.IntegerField()
    Duplicate_Reference_IDs = serializers.ListField(child=serializers.CharField())
    Invalid_Orders_Count = serializers.IntegerField()
    Invalid_Orders = InvalidOrderSerializer(many=True)
    DATA = UploadedOrderSerializer(many=True)


class BulkRefusalSerializer(NumericErrorSerializer):
    """A refusal of an upload; where no row is valid it lists them."""

    Invalid_Orders = InvalidOrderSerializer(many=True, required=False)


def _refused(message: str, cause: str, remedy: str, **example: Any) -> Refusal:
    return Refusal(400, message, cause, remedy, serializer=BulkRefusalSerializer, **example)


_MAIL, _NAME = (field.name for field in UPLOAD_FIELDS)
_FILE = form.FILE_PART
# In the order in which they are judged: of several the first answers.
BULK_ORDER_REFUSALS = tuple(
    refusal.numeric()
    for refusal in (
        _refused(
            MISSING_PART[_MAIL], f"`{_MAIL}` is missing or blank.", "Send it.", errors={_MAIL: [REQUIRED]}
        ),
        _refused(
            EMAIL.message,
            f"`{_MAIL}` is no e-mail address.",
            "Mend it.",
            errors={_MAIL: [EMAIL.reason]},
        ),
        _refused(
            MISSING_PART[_NAME], f"`{_NAME}` is missing or blank.", "Send it.", errors={_NAME: [REQUIRED]}
        ),
        _refused(
            form.FILE_REQUIRED,
            f"There is no file part `{_FILE}`.",
            "Send the workbook under that name.",
            errors={_FILE: [REQUIRED]},
        ),
        _refused(
            form.FILE_TOO_LARGE,
            "The file has over 10 x 1024 x 1024 bytes.",
            "Split the workbook; delete pictures and formats.",
            errors={_FILE: [f"{form.FILE_TOO_LARGE}."]},
        ),
        _refused(
            orders_sheet.NOT_XLSX,
            "The file is another format, damaged or encrypted.",
            "Save it as Excel workbook (.xlsx), without a password.",
        ),
        _refused(
            orders_sheet.MISSING_COLUMNS,
            "Row 1 of the first sheet lacks columns.",
            "Name the columns exactly as in the template.",
            errors={"columns": ["Pincode"], "hints": ['"Pin code" should read "Pincode".']},
        ),
        _refused(orders_sheet.TOO_MANY, "There are over 1000 rows.", "Split into several uploads."),
        _refused(
            orders_sheet.NO_ORDERS, "No row under the header holds anything.", "Fill rows in, and save."
        ),
        _refused(
            importer.NONE_VALID,
            "Every row is invalid.",
            "Mend what `Invalid_Orders` names, row by row.",
            extra={"Invalid_Orders": [INVALID_ROW]},
        ),
        _refused(INVALID, "The form is broken, or a part of it too long.", "Mend what `Errors` names."),
        BAD_KEY,
        Refusal(
            415,
            "Content-Type must be multipart/form-data",
            "The body is no form.",
            "Let your HTTP library build the form, and set no Content-Type of your own.",
        ),
        TOO_MANY,
        Refusal(500, importer.FAULT, "A fault of ours; nothing was stored.", FAULT.remedy),
        UNAVAILABLE,
    )
)

_COUNTED = {
    "Uploaded_Orders_Count": 2,
    "Duplicate_Orders_Count": 1,
    "Duplicate_Reference_IDs": ["REP10003"],
    "Invalid_Orders_Count": 1,
    "Invalid_Orders": [INVALID_ROW],
}
_SECOND = {"request_id": "REPAIR202611238113", "service_request_id": "REP10002"}
BULK_ANSWER = {
    "Success": "True",
    "Status_code": 200,
    "Message": "2 repair orders uploaded successfully",
    **_COUNTED,
    "DATA": [EXAMPLE_DATA, _SECOND],
}
VALIDATED_ANSWER = {
    **BULK_ANSWER,
    "Message": "2 repair orders would be uploaded",
    "DATA": [{"service_request_id": order["service_request_id"]} for order in (EXAMPLE_DATA, _SECOND)],
}
TEMPLATE_REFUSALS = (
    BAD_KEY,
    Refusal(404, template.ABSENT, "The file is missing on our side.", "Tell support."),
    TOO_MANY,
    Refusal(500, template.UNREADABLE, "A fault of ours.", FAULT.remedy),
    UNAVAILABLE,
)

bulk_order = extend_schema(
    operation_id="bulk_order",
    tags=["Orders"],
    summary="Upload a workbook of orders",
    description=(
        "Judges each row by itself: invalid rows and duplicates are skipped and reported, all others are "
        "stored in one transaction. A summary goes to `Client Email`."
    ),
    parameters=[REQUEST_ID, *HEADERS],
    request={"multipart/form-data": BulkOrderSerializer},
    responses={
        200: answer(
            BulkAnswerSerializer, "How the rows fared.", Stored=BULK_ANSWER, Validate_Only=VALIDATED_ANSWER
        ),
        **responses(BULK_ORDER_REFUSALS),
    },
)
sample_template = extend_schema(
    operation_id="sample_template",
    tags=["Orders"],
    summary="Download the template",
    description="The workbook to fill in: the 14 required columns as text, and a sample row.",
    parameters=[REQUEST_ID, *HEADERS],
    responses={
        (200, orders_sheet.MEDIA_TYPE): OpenApiResponse(OpenApiTypes.BINARY, "`repair_template.xlsx`"),
        **{
            (status, "application/json"): response
            for status, response in responses(TEMPLATE_REFUSALS).items()
        },
    },
)
