"""Stores invented orders: a million with their histories take some minutes on PostgreSQL."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from demo.names import CLERKS, PARTNERS
from demo.orders import TABLES, Demo, Row
from outbox.models import Message
from partners.authentication import Caller
from partners.models import Partner, User
from repairs import request_ids
from repairs.bulk.form import Upload
from repairs.bulk.importer import import_orders
from repairs.bulk.orders_sheet import TEMPLATE, Sheet, read_sheet
from repairs.models import RepairOrder

CHUNK = 5_000
ORDERS_A_DAY = 1000

# To drop, and to make again: the foreign keys of tables, and their indexes that are no constraint.
SECONDARY = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%(tables)s::regclass[])
UNION ALL SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE NOT indisunique AND indrelid = ANY(%(tables)s::regclass[])"""


@transaction.atomic
def make(how_many: int, seed: int) -> dict[str, int]:
    """Stores `how_many` orders and an upload of each partner; returns how many rows of each kind.

    They spread over at least 60 days, and 1,000 a day at most. Request IDs are allocated as ever, so
    the days' counters stay right.
    """
    contact, staff = {"email": "repairs@example.com"}, {"is_staff": True, "password": "!"}  # cannot log in
    partners = [Partner.objects.get_or_create(name=name, defaults=contact)[0].pk for name in PARTNERS]
    clerks = [User.objects.get_or_create(username=name, defaults=staff)[0].pk for name in CLERKS]
    demo = Demo(seed, timezone.localtime().replace(microsecond=0), partners, clerks)
    seconds, stored = max(60, how_many // ORDERS_A_DAY) * 86_400, dict.fromkeys(TABLES, 0)
    times = sorted(demo.now - timedelta(seconds=demo.random.randrange(seconds)) for _ in range(how_many))
    with _rebuilt(how_many):
        for start in range(0, how_many, CHUNK):
            for _, moments in groupby(times[start : start + CHUNK], key=datetime.date):
                of_day = list(moments)
                ids = request_ids.allocate_ids(len(of_day), of_day[0])
                for request_id, at in zip(ids, of_day, strict=True):
                    demo.add_order(request_id, at)
            for model, rows in demo.rows.items():
                _insert(model, rows)
                stored[model] += len(rows)
                rows.clear()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), TABLES):
            cursor.execute(statement)
    for partner in partners:
        _upload(partner)
    return {str(model._meta.verbose_name_plural): count for model, count in stored.items()}


@contextmanager
def _rebuilt(how_many: int) -> Iterator[None]:
    """Lets PostgreSQL make secondary indexes and foreign keys anew, where most orders will be new: to
    keep them row by row takes three times as long. In one transaction, so they cannot get lost."""
    if connection.vendor != "postgresql" or how_many < RepairOrder.objects.count():
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL statement_timeout = 0")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may be pending where a table is altered
        cursor.execute(SECONDARY, {"tables": [model._meta.db_table for model in TABLES]})
        drops, makes = zip(*cursor.fetchall(), strict=True)
        cursor.execute("; ".join(drops))
        yield
        cursor.execute("; ".join(makes))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _insert(model: type[Model], rows: Sequence[Row]) -> None:
    """Stores rows given by column; what a row leaves out has its field's default."""
    if connection.vendor != "postgresql":
        model._default_manager.bulk_create(model(**row) for row in rows)
        return
    columns = {field.attname: field.get_default() for field in model._meta.concrete_fields}
    filled = ", ".join(field.attname for field in model._meta.concrete_fields if not field.null)
    text = io.StringIO()
    csv.writer(text).writerows({**columns, **row}.values() for row in rows)
    text.seek(0)
    into = f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor:
        cursor.copy_expert(f"{into} (FORMAT csv, FORCE_NOT_NULL ({filled}))", text)


def _upload(partner: int) -> None:
    """Uploads the template with its sample order, that order again, and an invalid one; mails nothing."""
    content = TEMPLATE.read_bytes()
    header, [row] = read_sheet(content)
    bad = row._replace(number=4, known={**row.known, "Pincode": "4000"})
    upload = Upload("uploads@example.com", "Demo", False, "demo.xlsx", content)
    sheet = Sheet(header, [row, row._replace(number=3), bad])
    import_orders(Caller(partner_id=partner, is_sandbox=False), upload, sheet)
    mails = Message.objects.filter(upload__partner=partner, upload__file_name=upload.file_name)
    mails.update(state=Message.State.DELIVERED, finished_at=timezone.now())
