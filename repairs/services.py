"""Stores repair orders, each way in one transaction."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from partners.authentication import Caller
from repairs import request_ids
from repairs.models import RepairOrder
from repairs.validators import OrderValues
from warrantify.errors import ConflictError

RAISED = "Repair request has been raised successfully"
DUPLICATE = "Duplicate repair reference number"


def order_data(request_id: str, repair_ref_no: str) -> dict[str, str]:
    """`DATA` of an order on the wire."""
    return {"request_id": request_id, "service_request_id": repair_ref_no}


def create_order(caller: Caller, values: OrderValues) -> str:
    """Stores an order and returns its request ID.

    Raises ConflictError, with the first order's `DATA`, where the partner has sent this reference
    before; of simultaneous calls with one reference exactly one succeeds.
    """
    reference = values["repair_ref_no"]
    _refuse_duplicate(caller.partner_id, reference)
    try:
        with transaction.atomic():
            now = timezone.now()
            [request_id] = request_ids.draw(1, now)
            RepairOrder.objects.create(
                request_id=request_id,
                partner_id=caller.partner_id,
                created_by_id=caller.user_id,
                created_at=now,
                **values,
            )
    except IntegrityError:  # the lost race; its number went back with the transaction
        _refuse_duplicate(caller.partner_id, reference)
        raise
    return request_id


def _refuse_duplicate(partner_id: int, reference: str) -> None:
    request_id = (
        RepairOrder.objects.filter(partner_id=partner_id, repair_ref_no=reference)
        .values_list("request_id", flat=True)
        .order_by()
        .first()
    )
    if request_id is not None:
        raise ConflictError(DUPLICATE, extra={"DATA": order_data(request_id, reference)})
