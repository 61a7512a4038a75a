"""Stores repair orders; rules and messages of docs/contract.md section 3."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from partners.authentication import Caller
from repairs import request_ids
from repairs.models import RepairOrder
from repairs.validators import OrderValues
from warrantify import sql
from warrantify.http.errors import ConflictError

RAISED = "Repair request has been raised successfully"
DUPLICATE = "Duplicate repair reference number"

# With each try twice as many numbers are skipped, so these pass a counter that is 65,000 behind.
MAX_TRIES = 16

# psycopg2 writes a statement's values into it while no other thread of the process can run, 20 µs a row.
ROWS_A_STATEMENT = 100


def order_data(request_id: str, repair_ref_no: str) -> dict[str, str]:
    """`DATA` of an order on the wire."""
    return {"request_id": request_id, "service_request_id": repair_ref_no}


# Each column but the database's own key, with its default.
_COLUMNS = {
    field.attname: field.get_default() for field in RepairOrder._meta.concrete_fields if not field.primary_key
}
_INSERT = f"INSERT INTO repairs_repairorder ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608 (names of ours)
_VALUES = f"({sql.placeholders(len(_COLUMNS))})"
# Any conflict: an error of ours would put the customer's data into the database server's log.
_UNLESS_TAKEN = " ON CONFLICT DO NOTHING RETURNING request_id"

_FIND_FIRST = "SELECT request_id FROM repairs_repairorder WHERE partner_id = %s AND repair_ref_no = %s"


def insert_orders(orders: Iterable[dict[str, Any]]) -> set[str]:
    """Inserts orders, given by column, by the hundred; returns the request IDs of those stored.

    An order whose reference or request ID is taken is left out. Rows go in by reference, so that two
    callers with the same references lock them in the same order and never deadlock.
    """
    rows = sorted(orders, key=lambda order: str(order["repair_ref_no"]))
    stored: set[str] = set()
    for start in range(0, len(rows), ROWS_A_STATEMENT):
        part = rows[start : start + ROWS_A_STATEMENT]
        values = [value for order in part for value in (_COLUMNS | order).values()]
        found = sql.write(_INSERT + ", ".join([_VALUES] * len(part)) + _UNLESS_TAKEN, values)
        stored.update(request_id for (request_id,) in found)
    return stored


def create_order(caller: Caller, values: OrderValues) -> str:
    """Stores an order and returns its request ID.

    Outside a transaction that is one statement, committed at once. Raises ConflictError, with the first
    order's `DATA`, where the partner has sent this reference before; of simultaneous calls with one
    reference exactly one succeeds.
    """
    now = timezone.now()
    day = request_ids.today(now)
    for failures in range(MAX_TRIES):
        number = request_ids.block.take(day)
        request_id = request_ids.format_request_id(day, number)
        order = {
            **values,
            "request_id": request_id,
            "partner_id": caller.partner_id,
            "created_by_id": caller.user_id,
            "created_at": now,
        }
        if insert_orders([order]):
            return request_id
        reference = values["repair_ref_no"]
        if first := sql.read(_FIND_FIRST, [caller.partner_id, reference]):
            request_ids.block.give_back(day, [number])
            raise ConflictError(DUPLICATE, extra={"DATA": order_data(first[0][0], reference)})
        # So the ID is taken: REQUEST_ID_SECRET was changed within the day, or the counter is behind.
        if failures:
            request_ids.block.skip(day, 2**failures)
    raise RuntimeError(f"{MAX_TRIES} request IDs of {day} in succession were taken")
