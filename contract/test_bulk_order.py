"""Section 4: bulk-order."""

import io
import zipfile
from typing import Any

import pytest

from contract.answers import assert_refused, assert_uploaded
from contract.partner import Partner
from tests.support.http import Answer, Client, Part
from tests.support.workbooks import COLUMNS, OLE_MAGIC, padded, workbook

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 1000
NONE_VALID = "No valid repair orders found"


def assert_upload_refused(answer: Answer, message: str, **members: Any) -> None:
    assert_refused(answer, 400, message, numeric=True, **members)


def assert_row_invalid(answer: Answer, reference: str, *fields: str) -> None:
    """Asserts that the only row of the upload was refused for those fields."""
    rows = answer.json["Invalid_Orders"]
    assert [(row["row"], row["repair_ref_no"], set(row["errors"])) for row in rows] == [
        (2, reference, set(fields))
    ]
    assert_upload_refused(answer, NONE_VALID, Invalid_Orders=rows)


def bomb() -> bytes:
    """A small .xlsx whose sheet inflates to 100 MB."""
    source = zipfile.ZipFile(io.BytesIO(workbook({})))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            is_sheet = name.startswith("xl/worksheets/")
            target.writestr(name, b" " * 100_000_000 if is_sheet else source.read(name))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Client Email", None, "Email is required"),
        ("Client Email", "  ", "Email is required"),
        ("Client Email", "nobody", "Invalid Email format"),
        ("Client Name", None, "Client name is required"),
        ("Client Name", "", "Client name is required"),
        ("customFile", None, "File upload is required"),
    ],
)
def test_a_breach_of_the_form_has_its_message(
    client: Client, partner: Partner, name: str, value: str | None, message: str
) -> None:
    parts: dict[str, Part | None] = {
        "Client Email": partner.email,
        "Client Name": "Contract suite",
        "customFile": ("orders.xlsx", workbook(partner.row())),
        name: value,
    }
    form = {part: given for part, given in parts.items() if given is not None}
    assert_upload_refused(client.post_form("repair/bulk-order/", form, partner.key), message)


def test_of_several_breaches_the_first_of_the_table_answers(client: Client, partner: Partner) -> None:
    assert_upload_refused(client.post_form("repair/bulk-order/", {}, partner.key), "Email is required")


def test_the_key_comes_before_the_form(client: Client) -> None:
    answer = client.post_form("repair/bulk-order/", {})
    assert_refused(answer, 401, "Invalid or missing API key", numeric=True)


def test_a_file_of_a_byte_over_10_mb_is_too_large(partner: Partner) -> None:
    answer = partner.upload_file(padded(workbook(partner.row()), MOST_BYTES + 1))
    assert_upload_refused(answer, "File size cannot exceed 10 MB")


NO_WORKBOOKS = {
    "CSV": b"repair_ref_no,Name\n1,2\n",
    "xls or encrypted": OLE_MAGIC + bytes(4096),
    "truncated": workbook({})[:2000],
    "empty": b"",
    "bomb": bomb(),
    "exactly 10 MB": padded(b"PK", MOST_BYTES),
}


@pytest.mark.parametrize("case", NO_WORKBOOKS)
def test_a_file_that_is_no_workbook_is_refused(partner: Partner, case: str) -> None:
    assert_upload_refused(partner.upload_file(NO_WORKBOOKS[case]), "Only valid .xlsx files are supported")


@pytest.mark.parametrize(
    ("columns", "missing"),
    [(COLUMNS[:-1], "Issue"), (("repair_ref_No", *COLUMNS[1:]), "repair_ref_no")],
    ids=["absent", "misspelt"],
)
def test_a_missing_column_is_listed(partner: Partner, columns: tuple[str, ...], missing: str) -> None:
    answer = partner.upload_file(workbook(partner.row(), columns=columns))
    assert answer.json["Errors"]["columns"] == [missing]
    assert_upload_refused(answer, "Missing required columns")


def test_1001_rows_are_too_many(partner: Partner) -> None:
    answer = partner.upload(*(partner.row() for _ in range(MOST_ROWS + 1)))
    assert_upload_refused(answer, "The number of orders cannot exceed 1000")


@pytest.mark.parametrize("rows", [[], [{}, {"Name": "  "}]], ids=["no row", "empty rows"])
def test_a_file_without_rows_is_refused(partner: Partner, rows: list[dict[str, Any]]) -> None:
    assert_upload_refused(partner.upload(*rows), "The file contains no repair orders")


def test_a_file_without_a_valid_row_is_refused_with_its_rows(partner: Partner) -> None:
    row = partner.row(Pincode="1")
    assert_row_invalid(partner.upload(row), row["repair_ref_no"], "Pincode")


def test_one_order_is_answered_in_the_singular(partner: Partner) -> None:
    row = partner.row(Engagement_Type="Offsite")
    assert_uploaded(partner.upload(row), "1 repair order uploaded successfully", [row["repair_ref_no"]])


def test_a_mixed_file_is_answered_row_by_row(partner: Partner) -> None:
    old, new, last = (partner.row() for _ in range(3))
    bad = partner.row(CustomerMobile="1", Engagement_Type="Home")
    partner.upload(old)
    # Row 3 is empty: skipped, and row numbers stay the sheet's own.
    answer = partner.upload(old, {}, new, bad, new, last)
    names = {"CustomerMobile", "Engagement_Type"}
    assert_uploaded(
        answer,
        "2 repair orders uploaded successfully",
        [new["repair_ref_no"], last["repair_ref_no"]],
        [old["repair_ref_no"], new["repair_ref_no"]],
        [(5, bad["repair_ref_no"], names)],
    )


def test_duplicates_alone_are_200(partner: Partner) -> None:
    row = partner.row()
    partner.upload(row)
    answer = partner.upload(row)
    assert_uploaded(answer, "0 repair orders uploaded successfully", [], [row["repair_ref_no"]])


def test_an_optional_column_is_taken_and_another_ignored(partner: Partner) -> None:
    row = partner.row(AddressLine2="MG Road", Remarks="none")
    content = workbook(row, columns=["Remarks", *reversed(COLUMNS), "AddressLine2"])
    answer = partner.upload_file(content)
    assert_uploaded(answer, "1 repair order uploaded successfully", [row["repair_ref_no"]])


def test_validate_only_stores_nothing(partner: Partner) -> None:
    rows = partner.row(), partner.row()
    references = [row["repair_ref_no"] for row in rows]
    answer = partner.upload(*rows, Validate_Only="true")
    assert_uploaded(answer, "2 repair orders would be uploaded", references, stored=False)
    assert_uploaded(partner.upload(*rows), "2 repair orders uploaded successfully", references)


def test_a_number_is_taken_as_its_digits(partner: Partner) -> None:
    row = partner.row(Pincode=560001, CustomerMobile=9876543210.0)
    assert_uploaded(partner.upload(row), "1 repair order uploaded successfully", [row["repair_ref_no"]])


@pytest.mark.parametrize(
    ("name", "value"),
    [("Model", True), ("IMEINo", 3567890123456789), ("Model", "#N/A"), ("Model", "=1+1")],
    ids=["a boolean", "16 digits", "an error", "a formula without its value"],
)
def test_a_cell_that_is_no_plain_text_is_invalid(partner: Partner, name: str, value: object) -> None:
    row = partner.row(**{name: value})
    assert_row_invalid(partner.upload(row), row["repair_ref_no"], name)
