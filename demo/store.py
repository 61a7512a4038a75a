"""Stores invented orders by bulk inserts: a million with their histories in minutes.

Rows name only the columns that they set, and carry keys of their own making: do it where nobody
else writes.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from email.utils import make_msgid
from itertools import groupby
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Field, Max, Model
from django.utils import timezone

from demo.names import NOTES, PARTNERS
from demo.orders import ADDED_LATER, Demo, Row
from outbox.models import Message
from outbox.queue import destination
from partners.models import Partner, User
from repairs import request_ids
from repairs.bulk.summary_email import SummaryMail
from repairs.fields import PINCODE, TEMPLATE_FIELDS
from repairs.models import BulkUpload, RepairOrder, RowOutcome
from tracking.models import OrderTracking, TrackingEvent, WorkflowStep

CHUNK = 10_000
UPLOAD_SIZE = 200
ORDERS_A_DAY = 1000
CLERKS = ("asha", "imran", "kavita")


def make(how_many: int, seed: int) -> Counter[str]:
    """Stores `how_many` orders with uploads and histories; says how many rows of each kind.

    They spread over at least 60 days, and 1,000 a day at most. Request IDs are drawn as ever, so
    the days' counters stay right.
    """
    now = timezone.localtime()
    demo = Demo(seed, now, _partner_ids(), _clerk_ids())
    stored: Counter[str] = Counter()
    times = demo.times(how_many, days=max(60, how_many // ORDERS_A_DAY))
    for start in range(0, how_many, CHUNK):
        with transaction.atomic():
            stored += _store(demo, times[start : start + CHUNK])
    return stored


def _partner_ids() -> list[int]:
    defaults = {"email": "repairs@example.com"}
    return [Partner.objects.get_or_create(name=name, defaults=defaults)[0].pk for name in PARTNERS]


def _clerk_ids() -> list[int]:
    """Clerks who have recorded things; nobody can log in as one until a password is set."""
    operations = Group.objects.get(name="Operations")
    clerks = []
    for name in CLERKS:
        clerk, created = User.objects.get_or_create(username=f"demo-{name}", defaults={"is_staff": True})
        if created:
            clerk.set_unusable_password()
            clerk.save()
            clerk.groups.add(operations)
        clerks.append(clerk.pk)
    return clerks


def _store(demo: Demo, times: Sequence[datetime]) -> Counter[str]:
    order_id = _next_key(RepairOrder)
    event_id = _next_key(TrackingEvent)
    orders: list[Row] = []
    trackings: list[Row] = []
    events: list[Row] = []
    for request_id, created_at in zip(_request_ids(times), times, strict=True):
        order = demo.order(order_id + len(orders), request_id, created_at)
        orders.append(order)
        if history := demo.history(order):
            of_order = list(_event_rows(demo, order, history, event_id + len(events)))
            order["started_at"] = of_order[0]["recorded_at"]
            trackings.append(_tracking_row(order, history[-1][0], of_order))
            events += of_order
    uploads = _uploads(demo, [order for order in orders if order["source"] == "upload"])
    for model, rows in ((RepairOrder, orders), (OrderTracking, trackings), (TrackingEvent, events)):
        _insert(model, rows)
    _reset_sequences()
    return Counter(orders=len(orders), events=len(events), uploads=uploads)


def _request_ids(times: Sequence[datetime]) -> Iterable[str]:
    for _, of_day in groupby(times, key=datetime.date):
        moments = list(of_day)
        yield from request_ids.allocate_ids(len(moments), moments[0])


def _event_rows(
    demo: Demo, order: Row, history: Sequence[tuple[WorkflowStep, datetime]], first_id: int
) -> Iterable[Row]:
    visits: Counter[str] = Counter()
    clerk = demo.random.choice(demo.user_ids)
    for number, (step, at) in enumerate(history):
        row = {
            "id": first_id + number,
            "tracking_id": order["id"],
            "step_id": step.pk,
            "occurred_at": at,
            "recorded_at": at + ADDED_LATER,
            "recorded_by_id": clerk,
            "source": "admin",
            "note": demo.random.choice(NOTES),
        }
        if step.numbered:
            visits[step.code] += 1
            row["visit"] = visits[step.code]
        yield row


def _tracking_row(order: Row, step: WorkflowStep, events: Sequence[Row]) -> Row:
    last = events[-1]
    return {
        "order_id": order["id"],
        "partner_id": order["partner_id"],
        "workflow_id": step.workflow_id,
        "current_event_id": last["id"],
        "current_step_id": step.pk,
        "current_since": last["occurred_at"],
        "is_closed": step.terminal,
        "version": len(events),
        "changed_at": last["recorded_at"],
    }


def _uploads(demo: Demo, orders: Sequence[Row]) -> int:
    """Gives uploaded orders their uploads, per partner; says how many uploads that makes."""
    count = 0
    for partner_id in sorted({order["partner_id"] for order in orders}):
        of_partner = [order for order in orders if order["partner_id"] == partner_id]
        for start in range(0, len(of_partner), UPLOAD_SIZE):
            rows = of_partner[start : start + UPLOAD_SIZE]
            upload = _upload(demo, partner_id, rows)
            count += 1
            for order in rows:
                order["upload_id"] = upload.pk
    return count


def _upload(demo: Demo, partner_id: int, orders: Sequence[Row]) -> BulkUpload:
    at = orders[-1]["created_at"] + timedelta(seconds=1)
    duplicates = min(len(orders), demo.random.choice((0, 0, 0, 1, 4)))
    invalid = min(len(orders), demo.random.choice((0, 0, 2, 5, 11)))
    failed = demo.random.random() < 0.03
    mail = Message.objects.create(
        destination=destination(SummaryMail.kind),
        reference="demo",
        payload={"message_id": make_msgid(domain="demo.example")},
        state=Message.State.FAILED if failed else Message.State.DELIVERED,
        attempts=1,
        due_at=at,
        created_at=at,
        finished_at=at + timedelta(minutes=1),
    )
    upload = BulkUpload.objects.create(
        partner_id=partner_id,
        client_name=orders[0]["client_name"],
        client_email="uploads@example.com",
        file_name=f"orders-{at:%Y-%m-%d}.xlsx",
        file_size=9000 + 120 * len(orders),
        sha256=f"{orders[0]['id']:064x}",
        uploaded_count=len(orders),
        duplicate_count=duplicates,
        invalid_count=invalid,
        header=[field.name for field in TEMPLATE_FIELDS],
        rows=list(_upload_rows(orders, duplicates, invalid)),
        mail=mail,
    )
    BulkUpload.objects.filter(pk=upload.pk).update(created_at=at)
    return upload


def _upload_rows(orders: Sequence[Row], duplicates: int, invalid: int) -> Iterator[Row]:
    """The sheet: its orders, some of them once more, and some with a PIN code too short."""
    kinds = [(RowOutcome.STORED, orders)]
    kinds += [(RowOutcome.REPEATED, orders[:duplicates]), (RowOutcome.INVALID, orders[:invalid])]
    sheet = [(outcome, order) for outcome, some in kinds for order in some]
    for number, (outcome, order) in enumerate(sheet, start=2):
        bad = outcome == RowOutcome.INVALID
        sent = {**order, "pincode": order["pincode"][:4]} if bad else order
        yield {
            "row": number,
            "reference": order["repair_ref_no"],
            "outcome": outcome.value,
            "request_id": "" if bad else order["request_id"],
            "errors": {"Pincode": [PINCODE.reason]} if bad else {},
            "differs": [],
            "cells": [sent[field.attribute] for field in TEMPLATE_FIELDS],
        }


def _next_key(model: type[Model]) -> int:
    return (model._default_manager.aggregate(last=Max("pk"))["last"] or 0) + 1


def _insert(model: type[Model], rows: Sequence[Row]) -> None:
    """COPY where the database has it; a column that a row leaves out gets its field's default."""
    fields = model._meta.concrete_fields
    quote = connection.ops.quote_name
    into = f"{quote(model._meta.db_table)} ({', '.join(quote(str(field.column)) for field in fields)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            text = io.StringIO()
            csv.writer(text).writerows(_values(fields, rows, null="\\N"))
            text.seek(0)
            cursor.copy_expert(f"COPY {into} FROM STDIN (FORMAT csv, NULL '\\N')", text)
            return
        marks = ", ".join(["%s"] * len(fields))
        prepared = [
            [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
            for row in _values(fields, rows)
        ]
        cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", prepared)  # noqa: S608


def _values(
    fields: "Sequence[Field[Any, Any]]", rows: Sequence[Row], null: str | None = None
) -> Iterator[list[Any]]:
    defaults = [(field.attname, field.get_default()) for field in fields]
    columns = [(name, null if default is None else default) for name, default in defaults]
    return ([row.get(name, default) for name, default in columns] for row in rows)


def _reset_sequences() -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [RepairOrder, TrackingEvent]):
            cursor.execute(statement)
