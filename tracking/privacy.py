"""Erases who a customer was from closed orders, and from the rows of uploads.

References, request IDs, cities, devices and the history stay: they tell no person. An open order
keeps its customer, whom somebody has yet to visit. Each erasure is logged with who asked for it.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from repairs.fields import FIELDS, REFERENCE
from repairs.models import BulkUpload, RepairOrder
from tracking.models import OrderTracking
from tracking.signals import customers_erased

logger = logging.getLogger(__name__)

ERASED = "erased"  # fits the shortest of the fields
BATCH = 1000

Row = dict[str, Any]

_BLANK = {field.attribute: ERASED for field in FIELDS if field.personal}


class Erasure(NamedTuple):
    """How many orders and upload rows were erased, and how many orders are open and were not."""

    orders: int
    rows: int
    still_open: int = 0


def erase_customer(*, mobile: str = "", email: str = "", asked_by: str) -> Erasure:
    """Erases the customer with this mobile number or this e-mail address, letter case aside."""
    match = Q(customer_mobile=mobile) if mobile else Q(customer_email__iexact=email)
    wanted = (mobile or email).casefold()
    with transaction.atomic():
        orders = RepairOrder.objects.filter(match)
        still_open = set(orders.exclude(tracking__is_closed=True).values_list("request_id", flat=True))
        known = set(orders.values_list("request_id", flat=True)) - still_open

        def is_due(row: Row) -> bool:
            is_theirs = row["request_id"] in known or wanted in map(_text, row["cells"])
            return is_theirs and row["request_id"] not in still_open

        erased = _erase_orders(orders.filter(tracking__is_closed=True))
        rows = sum(_erase_rows(upload, is_due) for upload in _each(BulkUpload.objects.all()))
    return _log(Erasure(erased, rows, len(still_open)), "one customer", asked_by)


def apply_retention(days: int, *, asked_by: str, dry_run: bool = False) -> Erasure:
    """Erases the customers of orders closed, and of upload rows received, over `days` days ago."""
    cutoff = timezone.now() - timedelta(days=days)
    is_old = Q(tracking__is_closed=True, tracking__current_since__lt=cutoff)
    due = RepairOrder.objects.filter(is_old).exclude(customer_name=ERASED)
    orders = due.count() if dry_run else sum(iter(lambda: _erase_orders(due[:BATCH]), 0))
    rows = 0
    for upload in _each(BulkUpload.objects.filter(created_at__lt=cutoff)):
        kept = _open_orders_of(upload, is_old)
        rows += _erase_rows(upload, lambda row: row["request_id"] not in kept, dry_run=dry_run)  # noqa: B023
    return _log(Erasure(orders, rows), f"after {days} days{' (dry run)' * dry_run}", asked_by)


def _each(uploads: QuerySet[BulkUpload]) -> Iterator[BulkUpload]:
    for pk in list(uploads.order_by("pk").values_list("pk", flat=True)):
        yield BulkUpload.objects.only("header", "rows").get(pk=pk)


def _open_orders_of(upload: BulkUpload, is_old: Q) -> set[str]:
    named = RepairOrder.objects.filter(request_id__in={row["request_id"] for row in upload.rows})
    return set(named.exclude(is_old).values_list("request_id", flat=True))


@transaction.atomic
def _erase_orders(orders: QuerySet[RepairOrder]) -> int:
    """Under the lock that recording takes, so that none is opened again meanwhile."""
    pks = list(orders.values_list("pk", flat=True))
    closed = OrderTracking.objects.select_for_update().filter(pk__in=pks, is_closed=True)
    order_ids = [tracking.pk for tracking in closed]
    customers_erased.send(RepairOrder, order_ids=order_ids)
    return RepairOrder.objects.filter(pk__in=order_ids).update(**_BLANK)


def _erase_rows(upload: BulkUpload, is_due: Callable[[Row], bool], *, dry_run: bool = False) -> int:
    erased = [row for row in upload.rows if is_due(row) and not _is_erased(upload, row)]
    if erased and not dry_run:
        for row in erased:
            row["cells"] = _erased_cells(upload, row)
        upload.save(update_fields=["rows"])
    return len(erased)


def _erased_cells(upload: BulkUpload, row: Row) -> list[Any]:
    """All cells but the reference: columns of the partner's own may hold anything."""
    columns = zip(upload.header, row["cells"], strict=True)
    return [cell if name == REFERENCE.name or not cell else ERASED for name, cell in columns]


def _is_erased(upload: BulkUpload, row: Row) -> bool:
    return bool(row["cells"] == _erased_cells(upload, row))


def _text(cell: str | list[str]) -> str:
    return (cell if isinstance(cell, str) else cell[1]).strip().casefold()


def _log(erasure: Erasure, what: str, asked_by: str) -> Erasure:
    logger.info("Erased customer data: %s, asked by %s", what, asked_by, extra=erasure._asdict())
    return erasure
