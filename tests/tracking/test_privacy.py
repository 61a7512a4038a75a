"""Forgetting customers: whole where it may be, and nowhere else."""

import io
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outbox import queue
from outbox.models import Message
from partners.models import User
from partners.services import NewPartner
from repairs.models import BulkUpload, RepairOrder
from tests.support.orders import ORDER
from tests.support.staff import at_desk
from tests.support.tracked_orders import make_order, make_tracked
from tests.support.workbooks import a_row, workbook
from tracking.models import OrderTracking

PERSONAL = [ORDER[name] for name in ("Name", "CustomerMobile", "AddressLine1", "IMEINo", "Issue")]


def run(name: str, *arguments: str) -> str:
    output = io.StringIO()
    call_command(name, *arguments, stdout=output)
    return output.getvalue()


def close(order: RepairOrder | OrderTracking, days_ago: int = 0) -> None:
    since = timezone.now() - timedelta(days=days_ago)
    OrderTracking.objects.filter(pk=order.pk).update(is_closed=True, current_since=since)


def upload(acme: NewPartner, client: Client, reference: str, **changes: str) -> BulkUpload:
    file = SimpleUploadedFile("o.xlsx", workbook(a_row(repair_ref_no=reference, **changes)))
    form = {"Client Email": "a@example.com", "Client Name": "Acme", "customFile": file}
    client.post("/api/warrantify/repair/bulk-order/", form, headers={"X-API-Key": acme.api_key})
    return BulkUpload.objects.latest("pk")


def test_a_closed_order_forgets_its_customer_and_keeps_the_rest(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)
    close(tracking)
    assert "1 orders" in run("erase_customer", "--mobile", str(ORDER["CustomerMobile"]))
    order = RepairOrder.objects.get()
    assert {order.customer_name, order.customer_mobile, order.customer_email, order.address_line1} == {
        "erased"
    }
    assert {order.imei_no, order.issue, order.pincode} == {"erased"}
    assert (order.repair_ref_no, order.city) == ("REP10001", "Bangalore")
    assert tracking.events.count() == 1


def test_an_open_order_keeps_its_customer_and_is_reported(acme: NewPartner) -> None:
    make_order(acme.partner)
    assert "1 orders are open" in run("erase_customer", "--email", "AMIT@example.com")
    assert RepairOrder.objects.get().customer_name == ORDER["Name"]


def test_another_customer_is_left_alone(acme: NewPartner) -> None:
    close(make_tracked(acme.partner))
    run("erase_customer", "--mobile", "9000000000")
    assert RepairOrder.objects.get().customer_name == ORDER["Name"]


def test_the_row_of_an_invalid_order_forgets_its_customer(acme: NewPartner, client: Client) -> None:
    before = upload(acme, client, "BAD", Pincode="x")
    assert "1 upload rows" in run("erase_customer", "--mobile", str(ORDER["CustomerMobile"]))
    after = BulkUpload.objects.get(pk=before.pk)
    assert not [value for value in PERSONAL if value in str(after.rows)]
    assert after.rows[0]["cells"][0] == "BAD"
    assert after.rows[0]["errors"] == before.rows[0]["errors"]


def test_a_row_whose_order_is_open_stays(acme: NewPartner, client: Client) -> None:
    upload(acme, client, "OPEN")
    run("erase_customer", "--mobile", str(ORDER["CustomerMobile"]))
    assert ORDER["Name"] in str(BulkUpload.objects.get().rows)


@pytest.mark.parametrize(("days", "name"), [(40, "erased"), (20, ORDER["Name"])])
def test_retention_erases_what_closed_before_it(acme: NewPartner, days: int, name: str) -> None:
    close(make_tracked(acme.partner), days_ago=days)
    run("apply_retention", "--days", "30")
    assert RepairOrder.objects.get().customer_name == name


def test_retention_erases_old_rows_without_order(acme: NewPartner, client: Client) -> None:
    upload(acme, client, "BAD", Pincode="x")
    BulkUpload.objects.update(created_at=timezone.now() - timedelta(days=40))
    assert "1 upload rows" in run("apply_retention", "--days", "30")
    assert "0 upload rows" in run("apply_retention", "--days", "30")


def test_a_dry_run_counts_and_erases_nothing(acme: NewPartner) -> None:
    close(make_tracked(acme.partner), days_ago=40)
    assert "Would erase customers from 1 orders" in run("apply_retention", "--days", "30", "--dry-run")
    assert RepairOrder.objects.get().customer_name == ORDER["Name"]


def test_retention_of_no_days_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        run("apply_retention", "--days", "0")


def test_who_asked_is_logged_and_the_customer_is_not(
    acme: NewPartner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    run("erase_customer", "--email", str(ORDER["CustomerEmail"]), "--by", "meera")
    assert "meera" in caplog.text
    assert str(ORDER["CustomerEmail"]) not in caplog.text


@pytest.mark.parametrize(
    "arguments",
    [("--mobile", " "), ("--mobile", ""), ("--mobile", "98765"), ("--email", ""), ("--email", "a@b")],
)
def test_what_is_no_mobile_and_no_address_erases_nothing(
    acme: NewPartner, client: Client, arguments: tuple[str, str]
) -> None:
    upload(acme, client, "BAD", Pincode="x", CustomerMobile="")
    with pytest.raises(CommandError, match=r"10 digits|required"):
        run("erase_customer", *arguments)
    assert ORDER["Name"] in str(BulkUpload.objects.get().rows)


@pytest.mark.parametrize(
    ("by", "cells"),
    [
        ("--mobile", {"CustomerMobile": "0" + ORDER["CustomerMobile"]}),
        ("--mobile", {"CustomerMobile": "+91 98765 43210"}),
        ("--mobile", {"CustomerMobile": "", "Issue": "call 9876543210 9123456780"}),
        ("--email", {"CustomerEmail": f"Amit <{ORDER['CustomerEmail'].upper()}>"}),
    ],
)
def test_a_row_in_another_spelling_forgets_its_customer(
    acme: NewPartner, client: Client, by: str, cells: dict[str, str]
) -> None:
    upload(acme, client, "BAD", Pincode="x", **cells)
    assert "1 upload rows" in run(
        "erase_customer", by, ORDER["CustomerMobile" if "m" in by[2] else "CustomerEmail"]
    )
    assert ORDER["Name"] not in str(BulkUpload.objects.get().rows)


def test_a_number_that_only_ends_alike_is_another_customers(acme: NewPartner, client: Client) -> None:
    upload(acme, client, "BAD", Pincode="x", CustomerMobile="12345" + ORDER["CustomerMobile"], IMEINo="1")
    run("erase_customer", "--mobile", ORDER["CustomerMobile"])
    assert ORDER["Name"] in str(BulkUpload.objects.get().rows)


def everything() -> str:
    """The whole database as text."""
    with connection.cursor() as cursor:
        dump = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            dump += [str(row) for row in cursor.fetchall()]
    return "\n".join(dump)


def correction(desk: Client, order: RepairOrder, **changes: str) -> Callable[[], Any]:
    """Opens the form of a correction; sends it when called."""
    url = reverse("admin:repairs_repairorder_correct", args=[order.pk])
    form = desk.get(url).context["form"]
    data = {field.html_name: field.value() or "" for field in form} | changes
    return lambda: desk.post(url, data)


def test_the_whole_database_forgets_a_customer(acme: NewPartner, client: Client, clerk: User) -> None:
    desk = at_desk("Operations")
    tracking = make_tracked(acme.partner, reference="API")
    correction(desk, tracking.order, customer_name="Amita Patelova")()
    upload(acme, client, "BAD", Pincode="x", CustomerMobile="09876543210")
    BulkUpload.objects.update(file_name=f"{ORDER['CustomerMobile']}.xlsx")
    outbox = queue.enqueue(queue.destination("approval"), "1")
    Message.objects.filter(pk=outbox.pk).update(error=f"550 {ORDER['CustomerEmail']} unknown")
    late = correction(desk, tracking.order, customer_name="Amita Patelowa")
    close(tracking)
    run("erase_customer", "--mobile", ORDER["CustomerMobile"])
    assert late().status_code == 200
    Session.objects.all().delete()  # which ends by itself
    dump = everything()
    told = [*PERSONAL, ORDER["CustomerEmail"], "Patelova", "Patelowa", "09876543210"]
    assert [value for value in told if value in dump] == []


def test_retention_ages_out_rows_without_contact_file_names_and_mails(
    acme: NewPartner, client: Client, tmp_path: Path, settings: Any
) -> None:
    upload(acme, client, "BAD", CustomerMobile="", CustomerEmail="")
    BulkUpload.objects.update(created_at=timezone.now() - timedelta(days=40), file_name="amit.xlsx")
    settings.EMAIL_FILE_PATH = tmp_path
    for name, days in {"old.log": 40, "new.log": 20}.items():
        (tmp_path / name).write_text("Amit")
        then = time.time() - days * 86_400
        os.utime(tmp_path / name, (then, then))
    run("apply_retention", "--days", "30")
    kept = BulkUpload.objects.get()
    assert (kept.file_name, ORDER["Name"] in str(kept.rows)) == ("erased", False)
    assert [path.name for path in tmp_path.iterdir()] == ["new.log"]
