"""Erases who a customer was from closed orders, from the rows of uploads and from what tells of them.

References, request IDs, cities, devices and the history stay: they tell no person. An open order
keeps its customer, whom somebody has yet to visit. Each erasure is logged with who asked for it.
docs/security.md lists every place that holds customers' data, and what becomes of it.
"""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from outbox.models import Message
from repairs.fields import ERASED, FIELDS, MOBILE, REFERENCE
from repairs.models import BulkUpload, RepairOrder
from tracking.models import OrderTracking
from tracking.signals import customers_erased
from warrantify.text import is_email

logger = logging.getLogger(__name__)

BATCH = 1000

Row = dict[str, Any]

_BLANK = {field.attribute: ERASED for field in FIELDS if field.personal}


class Erasure(NamedTuple):
    """How many orders and upload rows were erased, and how many orders are open and were not."""

    orders: int
    rows: int
    still_open: int = 0


class NotACustomerError(ValueError):
    """What was given is no mobile number and no address, and so would match what it must not."""


def erase_customer(*, mobile: str = "", email: str = "", asked_by: str) -> Erasure:
    """Erases the customer with this mobile number or this e-mail address, letter case aside.

    In rows of uploads other spellings count too: `+91 98765 43210`, `Name <address>`. Raises
    NotACustomerError.
    """
    if not (MOBILE.holds(mobile) if mobile else is_email(email)):
        raise NotACustomerError("Give a mobile number of 10 digits, or an e-mail address.")
    match = Q(customer_mobile=mobile) if mobile else Q(customer_email__iexact=email)
    with transaction.atomic():
        orders = RepairOrder.objects.filter(match)
        still_open = set(orders.exclude(tracking__is_closed=True).values_list("request_id", flat=True))
        known = set(orders.values_list("request_id", flat=True)) - still_open

        def is_due(row: Row) -> bool:
            is_theirs = row["request_id"] in known or any(
                _names(_text(c), mobile, email) for c in row["cells"]
            )
            return is_theirs and row["request_id"] not in still_open

        for address in {email, *orders.values_list("customer_email", flat=True)} - {"", ERASED}:
            Message.objects.filter(error__icontains=address).update(error=ERASED)
        erased = _erase_orders(orders.filter(tracking__is_closed=True))
        rows = sum(_erase_rows(upload, is_due) for upload in _each(BulkUpload.objects.all()))
        BulkUpload.objects.filter(file_name__icontains=mobile or email).update(file_name=ERASED)
    return _log(Erasure(erased, rows, len(still_open)), "one customer", asked_by)


def apply_retention(days: int, *, asked_by: str, dry_run: bool = False) -> Erasure:
    """Erases the customers of orders closed, and of upload rows received, over `days` days ago.

    Names of the files uploaded, and mails in a folder (`EMAIL_URL=filemail:`), age out with them.
    """
    cutoff = timezone.now() - timedelta(days=days)
    is_old = Q(tracking__is_closed=True, tracking__current_since__lt=cutoff)
    due = RepairOrder.objects.filter(is_old).exclude(customer_mobile=ERASED)
    orders = due.count() if dry_run else sum(iter(lambda: _erase_orders(due[:BATCH]), 0))
    rows = 0
    old_uploads = BulkUpload.objects.filter(created_at__lt=cutoff)
    for upload in _each(old_uploads):
        kept = _open_orders_of(upload, is_old)
        rows += _erase_rows(upload, lambda row: row["request_id"] not in kept, dry_run=dry_run)  # noqa: B023
    if not dry_run:
        old_uploads.update(file_name=ERASED)
        _delete_mails(cutoff)
    return _log(Erasure(orders, rows), f"after {days} days{' (dry run)' * dry_run}", asked_by)


def _delete_mails(before: datetime) -> None:
    folder = getattr(settings, "EMAIL_FILE_PATH", None)
    for path in Path(folder).glob("*.log") if folder else ():
        if path.stat().st_mtime < before.timestamp():
            path.unlink()


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
    erased = [row for row in upload.rows if is_due(row) and row["cells"] != _erased_cells(upload, row)]
    if erased and not dry_run:
        for row in erased:
            row["cells"] = _erased_cells(upload, row)
        upload.file_name = ERASED
        upload.save(update_fields=["rows", "file_name"])
    return len(erased)


def _erased_cells(upload: BulkUpload, row: Row) -> list[Any]:
    """All cells but the reference: columns of the partner's own may hold anything."""
    columns = zip(upload.header, row["cells"], strict=True)
    return [cell if name == REFERENCE.name or not cell else ERASED for name, cell in columns]


def _text(cell: str | list[str]) -> str:
    return cell if isinstance(cell, str) else cell[1]


_ADDRESS = re.compile(r"""[^\s<>()\[\],;:"']+@[^\s<>()\[\],;:"']+""")
_DIGITS = re.compile("[0-9]+")
_BETWEEN_DIGITS = re.compile(r"[\s().-]+")
MAX_PREFIX = 4  # digits of `0`, `91`, `+91`, `0091` before a mobile number


def _names(text: str, mobile: str, email: str) -> bool:
    """Whether a cell holds the number or the address, in whatever spelling."""
    if email:
        return email.casefold() in {found.strip(".").casefold() for found in _ADDRESS.findall(text)}
    if not text.isascii():
        text = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    numbers = _DIGITS.findall(text) + _DIGITS.findall(_BETWEEN_DIGITS.sub("", text))
    return any(n.endswith(mobile) and len(n) <= len(mobile) + MAX_PREFIX for n in numbers)


def _log(erasure: Erasure, what: str, asked_by: str) -> Erasure:
    logger.info("Erased customer data: %s, asked by %s", what, asked_by, extra=erasure._asdict())
    return erasure
