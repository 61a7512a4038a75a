"""The order endpoints: validate, call one service, answer."""

from django.http import FileResponse, HttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from partners.authentication import ApiKeyAuthentication, TokenAuthentication
from partners.endpoints import PartnerView, caller_of
from repairs import services
from repairs.bulk import importer
from repairs.bulk.form import read_upload
from repairs.bulk.importer import ImportedRow
from repairs.bulk.orders_sheet import MEDIA_TYPE, TEMPLATE, read_sheet
from repairs.models import RowOutcome
from repairs.serializers import RepairOrderSerializer
from warrantify.http.errors import NotFoundError
from warrantify.http.parsers import json_body
from warrantify.http.responses import json_answer

TEMPLATE_ABSENT = "Template file not found on server"
TEMPLATE_UNREADABLE = "Error serving the template file"


class SingleOrderView(PartnerView):
    """POST one repair order as JSON (docs/contract.md section 3)."""

    authentication_classes = [TokenAuthentication]
    limit = "orders"

    def post(self, request: Request) -> HttpResponse:
        """200 with the new request ID; 400 names every bad field; 409 carries the first order's ID."""
        serializer = RepairOrderSerializer(data=json_body(request))
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        request_id = services.create_order(caller_of(request), values)
        return json_answer(
            {
                "Success": "True",
                "Message": services.RAISED,
                "Status_code": "200",
                "DATA": services.order_data(request_id, values["repair_ref_no"]),
            }
        )


class BulkOrderView(PartnerView):
    """POST a workbook of repair orders as a multipart form (docs/contract.md section 4)."""

    authentication_classes = [ApiKeyAuthentication]
    parser_classes = [MultiPartParser]
    limit = "bulk"
    numeric_status = True
    fault_message = importer.FAULT

    def post(self, request: Request) -> HttpResponse:
        """200 with the result of each row; 400 names what is wrong with the form, the file or every row."""
        upload = read_upload(request)
        rows = importer.import_orders(caller_of(request), upload, read_sheet(upload.content))
        return json_answer(_import_answer(rows, validate_only=upload.validate_only))


def _import_answer(rows: list[ImportedRow], *, validate_only: bool) -> dict[str, object]:
    stored = [row for row in rows if row.outcome is RowOutcome.STORED]
    invalid = importer.invalid_orders(rows)
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


class SampleTemplateView(PartnerView):
    """GET the workbook that partners fill in (docs/contract.md section 5)."""

    authentication_classes = [ApiKeyAuthentication]
    limit = "template"
    fault_message = TEMPLATE_UNREADABLE

    def get(self, request: Request) -> FileResponse:
        """200 with the file; 404 if the server has none."""
        try:
            file = TEMPLATE.open("rb")
        except FileNotFoundError:
            raise NotFoundError(TEMPLATE_ABSENT) from None
        return FileResponse(file, as_attachment=True, filename=TEMPLATE.name, content_type=MEDIA_TYPE)
