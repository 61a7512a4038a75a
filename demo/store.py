"""Stores invented orders by bulk inserts: a million with their histories take some ten minutes."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from email.utils import make_msgid
from itertools import groupby
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from demo import estimates
from demo.names import NOTES, PARTNERS
from demo.orders import Demo
from outbox.models import Message
from outbox.queue import destination
from partners.models import Partner, User
from repairs import request_ids
from repairs.bulk.summary_email import SummaryMail
from repairs.fields import PINCODE, TEMPLATE_FIELDS
from repairs.models import BulkUpload, RepairOrder, RowOutcome
from tracking.models import OrderTracking, TrackingEvent, WorkflowStep

CHUNK = 5_000
UPLOAD_SIZE = 200
ORDERS_A_DAY = 1000
CLERKS = ("demo-asha", "demo-imran", "demo-kavita")
EVENT_COLUMNS = (
    *("tracking_id", "step_id", "visit", "occurred_at", "recorded_at", "recorded_by_id"),
    *("source", "note", "void_reason"),
)
Row = tuple[object, ...]
ADDED_LATER = timedelta(minutes=4)  # between what happened and its entry


def make(how_many: int, seed: int) -> Counter[str]:
    """Stores `how_many` orders with uploads and histories; returns how many rows of each kind.

    They spread over at least 60 days, and 1,000 a day at most. Request IDs are allocated as ever, so
    the days' counters stay right.
    """
    defaults = {"email": "repairs@example.com"}
    partners = [Partner.objects.get_or_create(name=name, defaults=defaults)[0].pk for name in PARTNERS]
    demo = Demo(seed, timezone.localtime(), partners)
    clerks = [_clerk(name) for name in CLERKS]
    stored: Counter[str] = Counter()
    times = demo.times(how_many, days=max(60, how_many // ORDERS_A_DAY))
    for start in range(0, how_many, CHUNK):
        with transaction.atomic():
            stored += _store(demo, clerks, times[start : start + CHUNK])
    return stored


def _clerk(name: str) -> int:
    """A clerk who has recorded statuses; it has no password, so it cannot log in."""
    clerk, created = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    if created:
        clerk.set_unusable_password()
        clerk.save()
        clerk.groups.add(Group.objects.get(name="Operations"))
    return clerk.pk


def _store(demo: Demo, clerks: Sequence[int], times: Sequence[datetime]) -> Counter[str]:
    orders: list[RepairOrder] = []
    events: list[Row] = []
    for _, moments in groupby(times, key=datetime.date):
        of_day = list(moments)
        for request_id, at in zip(request_ids.allocate_ids(len(of_day), of_day[0]), of_day, strict=True):
            orders.append(demo.order(request_id, at))
    histories = [demo.history(order) for order in orders]
    for order, history in zip(orders, histories, strict=True):
        order.started_at = history[0][1] + ADDED_LATER if history else None
    uploads = _give_uploads(demo, [order for order in orders if order.source == RepairOrder.Source.UPLOAD])
    RepairOrder.objects.bulk_create(orders)
    trackings = []
    for order, history in zip(orders, histories, strict=True):
        if history:
            events += _events(demo, order, history, demo.random.choice(clerks))
            step, since = history[-1]
            trackings.append(
                OrderTracking(
                    order=order,
                    partner_id=order.partner_id,
                    workflow_id=step.workflow_id,
                    current_step=step,
                    current_since=since,
                    is_closed=step.terminal,
                    version=len(history),
                    changed_at=since + ADDED_LATER,
                )
            )
    by_order = {order.pk: history for order, history in zip(orders, histories, strict=True)}
    invented = list(estimates.give(demo, ((tracking, by_order[tracking.order_id]) for tracking in trackings)))
    OrderTracking.objects.bulk_create(trackings)
    estimates.save(invented)
    _insert_events(events)
    last = TrackingEvent.objects.filter(tracking=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    OrderTracking.objects.filter(pk__gte=orders[0].pk, current_event=None).update(
        current_event=Subquery(last)
    )
    return Counter(orders=len(orders), events=len(events), estimates=len(invented), uploads=uploads)


def _events(
    demo: Demo, order: RepairOrder, history: Sequence[tuple[WorkflowStep, datetime]], clerk: int
) -> Iterator[Row]:
    """Yields the columns of `EVENT_COLUMNS`: for ten events an order, objects take too long."""
    visits: Counter[str] = Counter()
    for step, at in history:
        visits[step.code] += step.numbered
        visit = visits[step.code] or None
        note = demo.random.choice(NOTES) if demo.random.random() < 0.3 else ""
        yield order.pk, step.pk, visit, at, at + ADDED_LATER, clerk, "admin", note, ""


def _insert_events(rows: Sequence[Row]) -> None:
    into = f"{TrackingEvent._meta.db_table} ({', '.join(EVENT_COLUMNS)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            text = io.StringIO()
            csv.writer(text).writerows(rows)
            text.seek(0)
            cursor.copy_expert(
                f"COPY {into} FROM STDIN (FORMAT csv, FORCE_NOT_NULL (note, void_reason))", text
            )
            return
        marks = ", ".join(["%s"] * len(EVENT_COLUMNS))
        adapt = connection.ops.adapt_datetimefield_value
        adapted: list[Any] = [[adapt(v) if isinstance(v, datetime) else v for v in row] for row in rows]
        cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", adapted)  # noqa: S608 (no user text)


def _give_uploads(demo: Demo, orders: Sequence[RepairOrder]) -> int:
    """Gives uploaded orders their uploads, per partner; returns how many uploads that makes."""
    count = 0
    for partner_id in sorted({order.partner_id for order in orders}):
        of_partner = [order for order in orders if order.partner_id == partner_id]
        for start in range(0, len(of_partner), UPLOAD_SIZE):
            rows = of_partner[start : start + UPLOAD_SIZE]
            upload = _upload(demo, rows)
            count += 1
            for order in rows:
                order.upload = upload
    return count


def _upload(demo: Demo, orders: Sequence[RepairOrder]) -> BulkUpload:
    at = orders[-1].created_at + timedelta(seconds=1)
    repeated = orders[: demo.random.choice((0, 0, 0, 1, 4))]
    invalid = orders[: demo.random.choice((0, 0, 2, 5, 11))]
    outcomes = [(RowOutcome.STORED, orders), (RowOutcome.REPEATED, repeated), (RowOutcome.INVALID, invalid)]
    sheet = [(outcome, order) for outcome, some in outcomes for order in some]
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
        partner_id=orders[0].partner_id,
        client_name=orders[0].client_name,
        client_email="uploads@example.com",
        file_name=f"orders-{at:%Y-%m-%d}.xlsx",
        file_size=9000 + 120 * len(orders),
        sha256=f"{demo.random.getrandbits(256):064x}",
        uploaded_count=len(orders),
        duplicate_count=len(repeated),
        invalid_count=len(invalid),
        header=[field.name for field in TEMPLATE_FIELDS],
        rows=[_row(number, outcome, order) for number, (outcome, order) in enumerate(sheet, start=2)],
        mail=mail,
    )
    BulkUpload.objects.filter(pk=upload.pk).update(created_at=at)
    return upload


def _row(number: int, outcome: RowOutcome, order: RepairOrder) -> dict[str, object]:
    """A row of the sheet; an invalid one has a PIN code that is too short."""
    bad = outcome == RowOutcome.INVALID
    cells = {field.attribute: getattr(order, field.attribute) for field in TEMPLATE_FIELDS}
    if bad:
        cells["pincode"] = cells["pincode"][:4]
    return {
        "row": number,
        "reference": order.repair_ref_no,
        "outcome": outcome.value,
        "request_id": "" if bad else order.request_id,
        "errors": {"Pincode": [PINCODE.reason]} if bad else {},
        "differs": [],
        "cells": list(cells.values()),
    }
