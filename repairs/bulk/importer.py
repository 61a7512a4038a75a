"""Stores a workbook's orders: all that are new in one transaction, with a record of every row."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from partners.authentication import Caller
from repairs import request_ids
from repairs.bulk import summary_email
from repairs.bulk.cells import Cell, text_in
from repairs.bulk.form import Upload
from repairs.bulk.orders_sheet import Sheet, SheetRow
from repairs.fields import MAX_REFERENCE_LENGTH, SHEET_FIELDS
from repairs.models import BulkUpload, RepairOrder, RowOutcome
from repairs.services import MAX_TRIES, insert_orders
from repairs.validators import OrderValues, validate_sheet_row
from warrantify.http.errors import DomainError

FAULT = "An error occurred during processing"
NONE_VALID = "No valid repair orders found"


@dataclass(slots=True)
class ImportedRow:
    """A validated row on its way to its outcome; `values` by attribute of RepairOrder."""

    number: int
    reference: str
    cells: list[Cell]
    values: OrderValues
    errors: dict[str, list[str]]
    outcome: RowOutcome = RowOutcome.STORED
    request_id: str = ""
    differs: list[str] = field(default_factory=list)

    @classmethod
    def validated(cls, row: SheetRow) -> "ImportedRow":
        """The row under the table's rules: invalid, or to be stored until a duplicate is found."""
        values, errors, _ = validate_sheet_row(row.known)
        reference = text_in(row.known["repair_ref_no"]).strip()[:MAX_REFERENCE_LENGTH]
        outcome = RowOutcome.INVALID if errors else RowOutcome.STORED
        return cls(row.number, reference, row.cells, values, errors, outcome)


def import_orders(caller: Caller, upload: Upload, sheet: Sheet) -> list[ImportedRow]:
    """Stores the sheet's new orders, and queues the summary, in one transaction; returns every row.

    With `upload.validate_only` nothing is stored and no ID taken. Raises DomainError (400), the
    invalid rows in its `Invalid_Orders`, where no row is valid; that upload is recorded too.
    """
    rows = [ImportedRow.validated(row) for row in sheet.rows]
    valid = [row for row in rows if row.outcome is not RowOutcome.INVALID]
    _find_duplicates(caller, valid, sheet.header)
    if not upload.validate_only:
        _store(caller, upload, sheet, rows)
    if not valid:
        raise DomainError(NONE_VALID, extra={"Invalid_Orders": invalid_orders(rows)})
    return rows


def invalid_orders(rows: Iterable[ImportedRow]) -> list[dict[str, Any]]:
    """`Invalid_Orders` on the wire."""
    return [
        {"row": row.number, "repair_ref_no": row.reference, "errors": row.errors}
        for row in rows
        if row.outcome is RowOutcome.INVALID
    ]


def _record(caller: Caller, upload: Upload, sheet: Sheet) -> BulkUpload:
    return BulkUpload.objects.create(
        partner_id=caller.partner_id,
        api_key_id=caller.api_key_id,
        client_name=upload.client_name,
        client_email=upload.client_email,
        file_name=upload.file_name,
        file_size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        header=sheet.header,
    )


def _find_duplicates(caller: Caller, rows: list[ImportedRow], header: list[str]) -> None:
    """Tells from the new rows those sent before and those repeated here."""
    compared = [field for field in SHEET_FIELDS if field.name in header]
    known = {
        order["repair_ref_no"]: order
        for order in RepairOrder.objects.filter(
            partner_id=caller.partner_id, repair_ref_no__in={row.reference for row in rows}
        )
        .order_by()
        .values("request_id", *(field.attribute for field in compared))
    }
    seen: set[str] = set()
    for row in rows:
        if first := known.get(row.reference):
            row.request_id = first["request_id"]
            row.differs = [f.name for f in compared if first[f.attribute] != row.values[f.attribute]]
            row.outcome = RowOutcome.DIFFERENT if row.differs else RowOutcome.IDENTICAL
        elif row.reference in seen:
            row.outcome = RowOutcome.REPEATED
        seen.add(row.reference)


def _store(caller: Caller, upload: Upload, sheet: Sheet, rows: list[ImportedRow]) -> None:
    """Stores the new rows with the record of all; those that a simultaneous request has stored become
    its duplicates.

    The numbers are allocated before the transaction, which so holds up no other order.
    """
    now = timezone.now()
    day = request_ids.today(now)
    for failures in range(MAX_TRIES):
        new = [row for row in rows if row.outcome is RowOutcome.STORED]
        numbers = request_ids.allocate(day, len(new)) if new else range(0)
        for row, number in zip(new, numbers, strict=True):
            row.request_id = request_ids.format_request_id(day, number)
        with transaction.atomic():
            record = _record(caller, upload, sheet)
            stored = _insert(new, record, now)
            if lost := {row.reference for row in new if row.request_id not in stored}:
                # They, and their repetitions, are duplicates of what was inserted.
                valid = (row for row in rows if row.outcome is not RowOutcome.INVALID)
                _find_duplicates(caller, [row for row in valid if row.reference in lost], sheet.header)
            is_complete = all(row.request_id in stored for row in rows if row.outcome is RowOutcome.STORED)
            if is_complete:
                _finish(record, rows)
            else:  # some of the IDs were taken, see `services.create_order`
                transaction.set_rollback(True)
        if is_complete:
            unused = [n for row, n in zip(new, numbers, strict=True) if row.outcome is not RowOutcome.STORED]
            request_ids.block.give_back(day, unused)
            return
        request_ids.block.skip(day, len(new) * 2**failures)
    raise RuntimeError(f"Request IDs of {day} were taken, {MAX_TRIES} times in succession")


def _insert(rows: list[ImportedRow], record: BulkUpload, now: datetime) -> set[str]:
    """Inserts the new rows; returns the request IDs of those stored."""
    if not rows:
        return set()
    common = {
        "partner_id": record.partner_id,
        "upload_id": record.pk,
        "client_name": record.client_name,
        "source": RepairOrder.Source.UPLOAD.value,
        "created_at": now,
    }
    return insert_orders({**row.values, **common, "request_id": row.request_id} for row in rows)


def _finish(record: BulkUpload, rows: list[ImportedRow]) -> None:
    """Records the outcome of each row, and queues the summary."""
    stored = {row.reference: row.request_id for row in rows if row.outcome is RowOutcome.STORED}
    for row in rows:
        if row.outcome is RowOutcome.REPEATED:
            row.request_id = stored[row.reference]
    counts = Counter(row.outcome for row in rows)
    record.uploaded_count = counts[RowOutcome.STORED]
    record.invalid_count = counts[RowOutcome.INVALID]
    record.duplicate_count = len(rows) - record.uploaded_count - record.invalid_count
    record.rows = [_kept(row) for row in rows]
    summary_email.queue(record)
    record.save()


def _kept(row: ImportedRow) -> dict[str, Any]:
    return {
        "row": row.number,
        "reference": row.reference,
        "outcome": row.outcome.value,
        "request_id": row.request_id,
        "errors": row.errors,
        "differs": row.differs,
        "cells": [cell if isinstance(cell, str) else [cell.kind, cell.text] for cell in row.cells],
    }
