"""What simultaneous uploads of the same references do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from partners.services import NewPartner
from repairs.models import BulkUpload, RepairOrder
from tests.support.workbooks import a_row, form, workbook

URL = "/api/warrantify/repair/bulk-order/"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time"),
]


def at_once(key: str, *contents: bytes) -> list[Any]:
    """The answers to uploads that begin at the same moment."""
    barrier = Barrier(len(contents))

    def post(content: bytes) -> Any:
        client = APIClient()
        client.credentials(HTTP_X_API_KEY=key)
        barrier.wait()
        try:
            return client.post(URL, form(content)).json()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(contents)) as pool:
        return list(pool.map(post, contents))


@pytest.mark.parametrize("attempt", range(3))
def test_identical_uploads_store_each_reference_once_and_add_up(acme: NewPartner, attempt: int) -> None:
    content = workbook(*(a_row(repair_ref_no=f"R{number}") for number in range(200)))
    answers = at_once(acme.api_key, *[content] * 4)
    assert sum(answer["Uploaded_Orders_Count"] for answer in answers) == 200
    assert all(a["Uploaded_Orders_Count"] + a["Duplicate_Orders_Count"] == 200 for a in answers)
    told = {entry["request_id"] for answer in answers for entry in answer["DATA"]}
    assert told == set(RepairOrder.objects.values_list("request_id", flat=True))


@pytest.fixture
def _slow_rows(transactional_db: None) -> Iterator[None]:
    """Each row takes 2 ms to insert, so that two uploads are sure to meet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END';"
            "CREATE TRIGGER slow BEFORE INSERT ON repairs_repairorder FOR EACH ROW EXECUTE FUNCTION slow()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION slow CASCADE")


@pytest.mark.usefixtures("_slow_rows")
def test_uploads_that_overlap_in_reverse_order_do_not_lock_each_other_out(acme: NewPartner) -> None:
    rows = [a_row(repair_ref_no=f"R{number}") for number in range(100)]
    answers = at_once(acme.api_key, workbook(*rows), workbook(*reversed(rows)))
    assert [answer["Success"] for answer in answers] == ["True", "True"]
    assert RepairOrder.objects.count() == 100


def test_a_row_lost_to_another_upload_becomes_its_duplicate(acme: NewPartner) -> None:
    rows = [a_row(repair_ref_no=f"R{number}") for number in range(100)]
    others = [{**row, "Make": "HP"} for row in rows]
    at_once(acme.api_key, workbook(*rows, rows[0]), workbook(*others, others[0]))
    loser = BulkUpload.objects.get(uploaded_count=0)
    ids = dict(RepairOrder.objects.values_list("repair_ref_no", "request_id"))
    assert {row["outcome"] for row in loser.rows} == {"different"}
    assert all(row["request_id"] == ids[row["reference"]] for row in loser.rows)
