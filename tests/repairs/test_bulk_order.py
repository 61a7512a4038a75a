"""POST repair/bulk-order/: what is stored, what is skipped, and what the answer says."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from partners.services import NewPartner
from repairs.bulk import result_workbook
from repairs.models import BulkUpload, DayCounter, RepairOrder, RowOutcome
from tests.support.workbooks import COLUMNS, a_row, form, many, workbook

URL = "/api/warrantify/repair/bulk-order/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def bulk(acme: NewPartner) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=acme.api_key)
    return client


def send(client: APIClient, *rows: dict[str, Any], **parts: Any) -> Any:
    """The answer to a workbook of `rows`."""
    columns = parts.pop("columns", COLUMNS)
    return client.post(URL, form(workbook(*rows, columns=columns), **parts), format="multipart")


def test_a_good_row_is_stored_and_answered_with_its_id(bulk: APIClient) -> None:
    answer = send(bulk, a_row())
    order = RepairOrder.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "Success": "True",
        "Status_code": 200,
        "Message": "1 repair order uploaded successfully",
        "Uploaded_Orders_Count": 1,
        "Duplicate_Orders_Count": 0,
        "Duplicate_Reference_IDs": [],
        "Invalid_Orders_Count": 0,
        "Invalid_Orders": [],
        "DATA": [{"request_id": order.request_id, "service_request_id": "REP10001"}],
    }


def test_the_order_has_every_value_and_the_forms_client_name(bulk: APIClient) -> None:
    extra = {"AddressLine2": "MG Road", "centre_city": "NA", "Size": "15 inch"}
    send(bulk, a_row(**extra), columns=[*COLUMNS, *extra], Client_Name="Acme Stores")
    order = RepairOrder.objects.get()
    assert (order.client_name, order.address_line2, order.centre_city, order.size) == (
        "Acme Stores",
        "MG Road",
        "NA",
        "15 inch",
    )
    assert (order.customer_name, order.engagement_type, order.source) == ("Amit Patel", "Onsite", "upload")


def test_a_mixed_file_is_told_row_by_row(bulk: APIClient) -> None:
    send(bulk, a_row(repair_ref_no="OLD"))
    answer = send(
        bulk,
        a_row(repair_ref_no="A"),
        a_row(repair_ref_no="OLD"),
        {},
        a_row(repair_ref_no="B", Pincode="12"),
        a_row(repair_ref_no="A"),
        a_row(repair_ref_no="C"),
    ).json()
    assert answer["Message"] == "2 repair orders uploaded successfully"
    assert [entry["service_request_id"] for entry in answer["DATA"]] == ["A", "C"]
    assert answer["Duplicate_Reference_IDs"] == ["OLD", "A"]
    assert answer["Duplicate_Orders_Count"] == 2
    assert answer["Invalid_Orders"] == [
        {"row": 5, "repair_ref_no": "B", "errors": {"Pincode": ["Give exactly 6 digits."]}}
    ]


def test_a_valid_row_under_an_invalid_one_of_its_reference_is_stored(bulk: APIClient) -> None:
    answer = send(bulk, a_row(Pincode="x"), a_row()).json()
    assert (answer["Uploaded_Orders_Count"], answer["Invalid_Orders_Count"]) == (1, 1)


def test_references_are_case_sensitive(bulk: APIClient) -> None:
    answer = send(bulk, a_row(repair_ref_no="ref"), a_row(repair_ref_no="REF"))
    assert answer.json()["Uploaded_Orders_Count"] == 2


def test_another_partners_reference_is_no_duplicate(bulk: APIClient, rival: NewPartner) -> None:
    send(bulk, a_row())
    bulk.credentials(HTTP_X_API_KEY=rival.api_key)
    assert send(bulk, a_row()).json()["Uploaded_Orders_Count"] == 1


def test_a_file_of_duplicates_takes_no_request_id(bulk: APIClient) -> None:
    send(bulk, a_row())
    send(bulk, a_row())
    assert DayCounter.objects.get().issued == 1


def test_a_file_without_a_valid_row_is_400_with_its_rows(bulk: APIClient) -> None:
    answer = send(bulk, a_row(repair_ref_no=None), a_row(City="N4"))
    assert answer.status_code == 400
    assert answer.json()["Message"] == "No valid repair orders found"
    assert answer.json()["Status_code"] == 400
    assert [(row["row"], row["repair_ref_no"]) for row in answer.json()["Invalid_Orders"]] == [
        (2, ""),
        (3, "REP10001"),
    ]


def test_a_thousand_rows_take_one_block_of_ids(bulk: APIClient) -> None:
    answer = bulk.post(URL, form(many(1000))).json()
    assert len({entry["request_id"] for entry in answer["DATA"]}) == 1000
    assert DayCounter.objects.get().issued == 1000


def test_1001_rows_are_refused_and_nothing_is_stored(bulk: APIClient) -> None:
    answer = bulk.post(URL, form(many(1001)))
    assert answer.json()["Message"] == "The number of orders cannot exceed 1000"
    assert (RepairOrder.objects.count(), BulkUpload.objects.count()) == (0, 0)


def test_the_upload_is_kept_with_how_each_row_fared(bulk: APIClient, acme: NewPartner) -> None:
    send(bulk, a_row(repair_ref_no="OLD"))
    rows = [
        a_row(repair_ref_no="OLD"),
        a_row(repair_ref_no="OLD", Make="HP", Issue="No sound"),
        a_row(repair_ref_no="NEW"),
        a_row(repair_ref_no="NEW"),
        a_row(repair_ref_no="BAD", City=""),
    ]
    send(bulk, *rows)
    kept = BulkUpload.objects.first()
    assert kept is not None
    assert (kept.partner, kept.api_key) == (acme.partner, acme.partner.api_keys.get())
    assert (kept.uploaded_count, kept.duplicate_count, kept.invalid_count) == (1, 3, 1)
    assert [row["outcome"] for row in kept.rows] == [
        RowOutcome.IDENTICAL,
        RowOutcome.DIFFERENT,
        RowOutcome.STORED,
        RowOutcome.REPEATED,
        RowOutcome.INVALID,
    ]
    assert kept.rows[1]["differs"] == ["Make", "Issue"]
    assert kept.rows[3]["request_id"] == kept.rows[2]["request_id"]
    assert kept.rows[4]["errors"] == {"City": ["This field is required."]}


def test_the_upload_is_kept_by_name_size_and_hash(bulk: APIClient) -> None:
    content = workbook(a_row())
    bulk.post(URL, form(content))
    kept = BulkUpload.objects.get()
    assert (kept.file_name, kept.file_size) == ("orders.xlsx", len(content))
    assert (kept.client_name, kept.client_email) == ("Acme Devices", "orders@acme.example")
    assert len(kept.sha256) == 64


def test_an_upload_without_a_valid_row_is_kept_and_its_summary_queued(bulk: APIClient) -> None:
    send(bulk, a_row(City="N4"))
    kept = BulkUpload.objects.get()
    assert kept.mail is not None
    assert kept.mail.state == "pending"


def test_a_try_without_a_valid_row_is_not_mailed(bulk: APIClient) -> None:
    assert send(bulk, a_row(City="N4"), Validate_Only="true").status_code == 400
    assert not BulkUpload.objects.exists()


def test_answer_rows_and_mail_are_bounded_whatever_the_cells_hold(bulk: APIClient) -> None:
    columns = [*COLUMNS, *(f"Extra {number}" for number in range(60))]
    row = dict.fromkeys(columns, "x" * 6000)
    answer = send(bulk, row, row, columns=columns)
    [upload] = BulkUpload.objects.all()
    assert len(answer.content) < 2 * 3000
    assert {len(refused["repair_ref_no"]) for refused in answer.json()["Invalid_Orders"]} == {100}
    assert len(json.dumps(upload.rows)) < 2 * 40_000
    assert len(result_workbook.annotated(upload)) < 50_000


@pytest.mark.parametrize("yes", ["true", "TRUE", " True "])
def test_validate_only_answers_what_would_happen_and_stores_nothing(bulk: APIClient, yes: str) -> None:
    answer = send(bulk, a_row(), a_row(), a_row(repair_ref_no="B"), Validate_Only=yes).json()
    assert answer["Message"] == "2 repair orders would be uploaded"
    assert answer["Duplicate_Reference_IDs"] == ["REP10001"]
    assert answer["DATA"] == [{"service_request_id": "REP10001"}, {"service_request_id": "B"}]
    assert not RepairOrder.objects.exists()
    assert not BulkUpload.objects.exists()
    assert not DayCounter.objects.exists()


@pytest.mark.parametrize("no", ["false", "1", "yes", ""])
def test_any_other_validate_only_stores(bulk: APIClient, no: str) -> None:
    assert send(bulk, a_row(), Validate_Only=no).json()["Message"] == "1 repair order uploaded successfully"


def test_missing_columns_are_listed_with_what_looks_like_them(bulk: APIClient) -> None:
    columns = ["pin code" if name == "Pincode" else name for name in COLUMNS if name != "Make"]
    answer = send(bulk, a_row(), columns=columns)
    assert answer.status_code == 400
    assert answer.json()["Message"] == "Missing required columns"
    assert answer.json()["Errors"] == {
        "columns": ["Pincode", "Make"],
        "hints": ['"pin code" should read "Pincode".'],
    }


def test_a_fault_of_ours_is_the_documented_500_and_stores_nothing(
    bulk: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repairs.bulk.summary_email.queue", lambda upload: 1 / 0)
    answer = send(bulk, a_row())
    assert (answer.status_code, answer.json()["Status_code"]) == (500, 500)
    assert answer.json()["Message"] == "An error occurred during processing"
    assert (RepairOrder.objects.count(), BulkUpload.objects.count()) == (0, 0)
