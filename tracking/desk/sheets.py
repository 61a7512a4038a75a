"""A status sheet: read, shown as it would fare, applied on a second press."""

from django.http import HttpRequest, HttpResponse

from repairs.models import RepairOrder
from tracking.desk.forms import SheetForm
from tracking.desk.order_page import RECORD
from warrantify.desk import form_page, require


def upload(request: HttpRequest) -> HttpResponse:
    """Takes the workbook."""
    require(request, RECORD)
    return form_page(request, "Status sheet", RepairOrder, SheetForm(), submit="Preview", back="../")
