"""The order endpoints: validate, call one service, answer."""

from typing import cast

from django.http import FileResponse, HttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.views import APIView

from partners.authentication import ApiKeyAuthentication, Caller, TokenAuthentication
from repairs import imports, services, template
from repairs.imports import ImportedRow
from repairs.models import RowOutcome
from repairs.serializers import RepairOrderSerializer
from repairs.uploads import read_upload
from repairs.workbook import MEDIA_TYPE, read_sheet
from warrantify.errors import NotFoundError
from warrantify.parsers import json_body
from warrantify.views import json_answer


class SingleOrderView(APIView):
    """POST one repair order as JSON (CONTRACT section 3)."""

    authentication_classes = [TokenAuthentication]

    def post(self, request: Request) -> HttpResponse:
        """200 with the new request ID; 400 names every bad field; 409 carries the first order's ID."""
        serializer = RepairOrderSerializer(data=json_body(request))
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        request_id = services.create_order(cast(Caller, request.user), values)
        return json_answer(
            {
                "Success": "True",
                "Message": "Repair request has been raised successfully",
                "Status_code": "200",
                "DATA": services.order_data(request_id, values["repair_ref_no"]),
            }
        )


class BulkOrderView(APIView):
    """POST a workbook of repair orders as a multipart form (CONTRACT section 4)."""

    authentication_classes = [ApiKeyAuthentication]
    parser_classes = [MultiPartParser]
    numeric_status = True
    fault_message = "An error occurred during processing"

    def post(self, request: Request) -> HttpResponse:
        """200 with how each row fared; 400 names what is wrong with the form, the file or every row."""
        upload = read_upload(request)
        rows = imports.import_orders(cast(Caller, request.user), upload, read_sheet(upload.content))
        return json_answer(_import_answer(rows, validate_only=upload.validate_only))


def _import_answer(rows: list[ImportedRow], *, validate_only: bool) -> dict[str, object]:
    stored = [row for row in rows if row.outcome is RowOutcome.STORED]
    invalid = imports.invalid_orders(rows)
    duplicates = [row.reference for row in rows if row.outcome not in (RowOutcome.STORED, RowOutcome.INVALID)]
    orders = "1 repair order" if len(stored) == 1 else f"{len(stored)} repair orders"
    return {
        "Success": "True",
        "Status_code": 200,
        "Message": f"{orders} {'would be uploaded' if validate_only else 'uploaded successfully'}",
        "Uploaded_Orders_Count": len(stored),
        "Duplicate_Orders_Count": len(duplicates),
        "Duplicate_Reference_IDs": duplicates,
        "Invalid_Orders_Count": len(invalid),
        "Invalid_Orders": invalid,
        "DATA": [
            {"service_request_id": row.reference}
            if validate_only
            else services.order_data(row.request_id, row.reference)
            for row in stored
        ],
    }


class SampleTemplateView(APIView):
    """GET the workbook that partners fill in (CONTRACT section 5)."""

    authentication_classes = [ApiKeyAuthentication]
    fault_message = "Error serving the template file"

    def get(self, request: Request) -> FileResponse:
        """200 with the file; 404 where the server has none."""
        try:
            file = template.PATH.open("rb")
        except FileNotFoundError:
            raise NotFoundError("Template file not found on server") from None
        return FileResponse(file, as_attachment=True, filename=template.PATH.name, content_type=MEDIA_TYPE)
