"""Forgetting customers: whole where it may be, and nowhere else."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from partners.services import NewPartner
from repairs.models import BulkUpload, RepairOrder
from tests.support.orders import ORDER
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
