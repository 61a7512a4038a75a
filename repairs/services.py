"""Stores repair orders, each way in one transaction."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from partners.authentication import Caller
from repairs import request_ids
from repairs.models import RepairOrder
from repairs.validators import OrderValues
from warrantify import sql
from warrantify.http.errors import ConflictError
from warrantify.queries import CompiledInsert

RAISED = "Repair request has been raised successfully"
DUPLICATE = "Duplicate repair reference number"


def order_data(request_id: str, repair_ref_no: str) -> dict[str, str]:
    """`DATA` of an order on the wire."""
    return {"request_id": request_id, "service_request_id": repair_ref_no}


_insert_order = CompiledInsert(RepairOrder)

_FIND_FIRST = "SELECT request_id FROM repairs_repairorder WHERE partner_id = %s AND repair_ref_no = %s"


def create_order(caller: Caller, values: OrderValues) -> str:
    """Stores an order and returns its request ID.

    Raises ConflictError, with the first order's `DATA`, where the partner has sent this reference
    before; of simultaneous calls with one reference exactly one succeeds.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            [request_id] = request_ids.draw(1, now)
            order = {
                **values,
                "request_id": request_id,
                "partner_id": caller.partner_id,
                "created_by_id": caller.user_id,
                "created_at": now,
            }
            _insert_order.execute([order])
    except IntegrityError:
        # The number went back with the transaction, so looking for duplicates first, at one more
        # query for every order, would gain nothing.
        _refuse_duplicate(caller.partner_id, values["repair_ref_no"])
        # So the ID was taken: somebody changed REQUEST_ID_SECRET within the day. Skip the number.
        request_ids.draw(1, now)
        raise
    return request_id


def _refuse_duplicate(partner_id: int, reference: str) -> None:
    if first := sql.read(_FIND_FIRST, [partner_id, reference]):
        raise ConflictError(DUPLICATE, extra={"DATA": order_data(first[0][0], reference)})
