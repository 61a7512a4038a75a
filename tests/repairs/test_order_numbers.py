"""Which number an order gets: none is lost to a refusal, none is refused for a number that is taken."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from partners.authentication import Caller
from partners.services import NewPartner
from repairs import request_ids, services
from repairs.fields import API_FIELDS
from repairs.models import DayCounter, RepairOrder
from repairs.request_ids import block
from tests.support.orders import ORDER
from tests.support.workbooks import a_row, form, many, workbook
from warrantify.http.errors import ConflictError

BULK = "/api/warrantify/repair/bulk-order/"


@pytest.fixture(autouse=True)
def _fresh(transactional_db: None) -> Iterator[None]:
    block.forget()
    yield
    block.forget()


def order(partner: NewPartner, reference: str) -> str:
    values = {field.attribute: ORDER[field.name] for field in API_FIELDS}
    caller = Caller(partner.partner.pk, is_sandbox=False)
    return services.create_order(caller, {**values, "repair_ref_no": reference})


def upload(partner: NewPartner, content: bytes) -> Any:
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=partner.api_key)
    return client.post(BULK, form(content)).json()


def test_an_order_is_one_statement(acme: NewPartner) -> None:
    order(acme, "A")
    with CaptureQueriesContext(connection) as sent:
        order(acme, "B")
    assert [query["sql"].split()[0] for query in sent] == ["INSERT"]


def test_a_refused_orders_number_is_used_by_the_next(acme: NewPartner) -> None:
    day = timezone.localdate()
    order(acme, "A")
    for _ in range(3):
        with pytest.raises(ConflictError):
            order(acme, "A")
    assert order(acme, "B") == request_ids.format_request_id(day, 1)


def test_what_is_stored_is_what_the_models_read(acme: NewPartner) -> None:
    request_id = order(acme, "A")
    stored = RepairOrder.objects.get(request_id=request_id)
    assert {f.name: getattr(stored, f.attribute) for f in API_FIELDS} == {**ORDER, "repair_ref_no": "A"}
    assert (stored.partner, stored.source, stored.upload, stored.started_at) == (
        acme.partner,
        "api",
        None,
        None,
    )
    assert abs((timezone.now() - stored.created_at).total_seconds()) < 60


def test_an_order_within_a_transaction_that_is_rolled_back_leaves_no_hole(acme: NewPartner) -> None:
    with transaction.atomic():
        order(acme, "A")
        transaction.set_rollback(True)
    assert order(acme, "B") == request_ids.format_request_id(timezone.localdate(), 0)


def test_a_counter_far_behind_is_passed_within_a_few_statements(acme: NewPartner) -> None:
    upload(acme, many(1000))
    DayCounter.objects.update(issued=0)
    with CaptureQueriesContext(connection) as sent:
        order(acme, "A")
    assert len(sent) < 50
    assert RepairOrder.objects.values("request_id").distinct().count() == 1001


def test_orders_of_another_secret_are_all_stored(acme: NewPartner, settings: Settings) -> None:
    upload(acme, many(1000))
    settings.REQUEST_ID_SECRET = "another-secret-0123456789-0123456789"
    for number in range(200):  # about a tenth of whose IDs the first secret has given
        order(acme, f"S{number}")
    assert RepairOrder.objects.values("request_id").distinct().count() == 1200


def test_an_upload_passes_numbers_that_are_taken(acme: NewPartner) -> None:
    ids = {order(acme, f"S{number}") for number in range(20)}
    DayCounter.objects.update(issued=0)
    answer = upload(acme, many(50))
    assert answer["Uploaded_Orders_Count"] == 50
    assert not ids & {entry["request_id"] for entry in answer["DATA"]}


def test_numbers_of_an_upload_that_lost_its_rows_are_used_by_the_next_order(
    acme: NewPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is stored by somebody else between the search for duplicates and the insert."""
    order(acme, "X")
    found = request_ids.allocate

    def allocate_late(day: Any, how_many: int) -> range:
        numbers = found(day, how_many)
        RepairOrder.objects.filter(repair_ref_no="X").update(repair_ref_no="R1")
        return numbers

    monkeypatch.setattr(request_ids, "allocate", allocate_late)
    answer = upload(acme, workbook(a_row(repair_ref_no="R1"), a_row(repair_ref_no="R2")))
    assert (answer["Uploaded_Orders_Count"], answer["Duplicate_Reference_IDs"]) == (1, ["R1"])
    monkeypatch.undo()
    assert order(acme, "Y") == request_ids.format_request_id(timezone.localdate(), 1)
    assert order(acme, "Z") == request_ids.format_request_id(timezone.localdate(), 2)
