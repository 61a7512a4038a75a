"""Sections 4 and 5: bulk-order and the template."""

import re
from typing import Any

from portal.verification.expectation import REQUEST_ID, AtLeast, Expectation, Sentences, refusal
from portal.verification.partner import Partner
from portal.verification.report import Report
from portal.verification.workbooks import COLUMNS, OLE_MAGIC, bomb, padded, workbook

SECTION = "4 bulk-order"
TEMPLATE = "5 template"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 1000
NOT_XLSX = "Only valid .xlsx files are supported"


def verify(report: Report, partner: Partner) -> None:
    """Provokes the table of refusals, the answer, and the template."""
    _form(report, partner)
    _files(report, partner)
    _contents(report, partner)
    _precedence(report, partner)
    _mixed(report, partner)
    _validate_only(report, partner)
    _cells(report, partner)
    _template(report, partner)
    report.skip(SECTION, "500 An error occurred during processing", "a fault of the service")
    report.skip(SECTION, "the summary mail", "it goes by mail, not HTTP")
    report.skip(TEMPLATE, "404 Template file not found on server", "needs the file to be gone")
    report.skip(TEMPLATE, "500 Error serving the template file", "needs the file to be unreadable")


def refused(message: str, **members: Any) -> Expectation:
    """A 400 of bulk-order; `Errors` may or may not name the part."""
    return Expectation(400, AtLeast(refusal(400, message, numeric=True, **members).body))


def _form(report: Report, partner: Partner) -> None:
    good: dict[str, Any] = {
        "Client Email": partner.email,
        "Client Name": "Contract verification",
        "customFile": ("orders.xlsx", workbook(partner.row())),
    }
    for name, value, message in (
        ("Client Email", None, "Email is required"),
        ("Client Email", "  ", "Email is required"),
        ("Client Email", "nobody", "Invalid Email format"),
        ("Client Name", None, "Client name is required"),
        ("Client Name", "", "Client name is required"),
        ("customFile", None, "File upload is required"),
    ):
        parts = {part: given for part, given in {**good, name: value}.items() if given is not None}
        answer = partner.client.post_form("repair/bulk-order/", parts, partner.key)
        case = f"{name} {'missing' if value is None else repr(value)}"
        report.see(SECTION, case, refused(message), answer)


def _files(report: Report, partner: Partner) -> None:
    too_large = partner.upload_file(padded(workbook(partner.row()), MOST_BYTES + 1))
    report.see(SECTION, "file of 10 MB and a byte", refused("File size cannot exceed 10 MB"), too_large)
    good = workbook(partner.row())
    for case, content, name in (
        ("CSV", b"repair_ref_no,Name\n1,2\n", "orders.csv"),
        (".xls, or encrypted", OLE_MAGIC + bytes(4096), "orders.xlsx"),
        ("truncated", good[: len(good) // 2], "orders.xlsx"),
        ("empty", b"", "orders.xlsx"),
        ("bomb", bomb(), "orders.xlsx"),
        ("just under 10 MB, no workbook", padded(b"PK", MOST_BYTES), "orders.xlsx"),
    ):
        report.see(SECTION, f"not .xlsx: {case}", refused(NOT_XLSX), partner.upload_file(content, name))


def _contents(report: Report, partner: Partner) -> None:
    for case, columns, missing in (
        ("absent", COLUMNS[:-1], "Issue"),
        ("misspelt", ("repair_ref_No", *COLUMNS[1:]), "repair_ref_no"),
    ):
        errors = AtLeast(columns=[missing])
        expected = refusal(400, "Missing required columns", numeric=True, Errors=errors)
        answer = partner.upload_file(workbook(partner.row(), columns=columns))
        report.see(SECTION, f"a column is {case}", expected, answer)
    rows = [partner.row() for _ in range(MOST_ROWS + 1)]
    too_many = refused("The number of orders cannot exceed 1000")
    report.see(SECTION, "1001 rows", too_many, partner.upload(*rows))
    none = refused("The file contains no repair orders")
    report.see(SECTION, "no row", none, partner.upload())
    report.see(SECTION, "only empty rows", none, partner.upload({}, {"Name": "  "}))
    bad = partner.row(Pincode="1")
    invalid = [{"row": 2, "repair_ref_no": bad["repair_ref_no"], "errors": {"Pincode": Sentences()}}]
    answer = partner.upload(bad)
    report.see(
        SECTION, "no valid row", refused("No valid repair orders found", Invalid_Orders=invalid), answer
    )


def _precedence(report: Report, partner: Partner) -> None:
    answer = partner.client.post_form("repair/bulk-order/", {}, partner.key)
    report.see(SECTION, "several breaches, first: e-mail", refused("Email is required"), answer)
    answer = partner.client.post_form("repair/bulk-order/", {}, {})
    bad_key = refusal(401, "Invalid or missing API key", numeric=True)
    report.see(SECTION, "key before everything", bad_key, answer)


def _answer(message: str, stored: list[Any], duplicates: list[str], invalid: list[Any]) -> Expectation:
    body = {
        "Success": "True",
        "Status_code": 200,
        "Message": message,
        "Uploaded_Orders_Count": len(stored),
        "Duplicate_Orders_Count": len(duplicates),
        "Duplicate_Reference_IDs": duplicates,
        "Invalid_Orders_Count": len(invalid),
        "Invalid_Orders": invalid,
        "DATA": stored,
    }
    return Expectation(200, body)


def _stored(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"request_id": REQUEST_ID, "service_request_id": row["repair_ref_no"]} for row in rows]


def _mixed(report: Report, partner: Partner) -> None:
    first, second = partner.row(), partner.row(Engagement_Type="Offsite", AddressLine2="MG Road")
    expected = _answer("1 repair order uploaded successfully", _stored(first), [], [])
    report.see(SECTION, "one order", expected, partner.upload(first))
    bad = partner.row(CustomerMobile="1", Engagement_Type="Home")
    errors = {"CustomerMobile": Sentences(), "Engagement_Type": Sentences()}
    third = partner.row()
    expected = _answer(
        "2 repair orders uploaded successfully",
        _stored(second, third),
        [first["repair_ref_no"], second["repair_ref_no"]],
        [{"row": 5, "repair_ref_no": bad["repair_ref_no"], "errors": errors}],
    )
    # Row 3 is empty: skipped, and row numbers stay the sheet's own.
    answer = partner.upload(first, {}, second, bad, second, third)
    report.see(SECTION, "stored, duplicate, invalid and empty rows", expected, answer)
    references = [row["repair_ref_no"] for row in (first, second)]
    nothing = _answer("0 repair orders uploaded successfully", [], references, [])
    report.see(SECTION, "duplicates only", nothing, partner.upload(first, second))


def _validate_only(report: Report, partner: Partner) -> None:
    rows = partner.row(), partner.row()
    data = [{"service_request_id": row["repair_ref_no"]} for row in rows]
    expected = _answer("2 repair orders would be uploaded", data, [], [])
    report.see(SECTION, "Validate Only", expected, partner.upload(*rows, Validate_Only="true"))
    expected = _answer("2 repair orders uploaded successfully", _stored(*rows), [], [])
    report.see(SECTION, "… and nothing was stored", expected, partner.upload(*rows))


def _cells(report: Report, partner: Partner) -> None:
    numbers = partner.row(Pincode=560001, CustomerMobile=9876543210.0)
    expected = _answer("1 repair order uploaded successfully", _stored(numbers), [], [])
    report.see(SECTION, "numbers in cells", expected, partner.upload(numbers))
    for case, name, value in (
        ("a boolean cell", "Model", True),
        ("a number of 16 digits", "IMEINo", 3567890123456789),
        ("an error cell", "Model", "#N/A"),
        ("a formula without a cached value", "Model", "=1+1"),
    ):
        row = partner.row(**{name: value})
        invalid = [{"row": 2, "repair_ref_no": row["repair_ref_no"], "errors": {name: Sentences()}}]
        expected = refused("No valid repair orders found", Invalid_Orders=invalid)
        report.see(SECTION, case, expected, partner.upload(row))


def _template(report: Report, partner: Partner) -> None:
    file = Expectation(
        200,
        headers={
            "Content-Type": re.compile(re.escape(XLSX)),
            "Content-Disposition": re.compile('attachment; filename="?repair_template.xlsx"?'),
        },
    )
    template = report.see(
        TEMPLATE, "download", file, partner.client.send("GET", "sample-template/", partner.key)
    )
    answer = partner.upload_file(template.body, Validate_Only="true")
    body = answer.json or {}
    counts = [body.get("Uploaded_Orders_Count"), body.get("Duplicate_Orders_Count")]
    report.see(TEMPLATE, "its sample order uploads", Expectation(200), answer)
    report.hold(TEMPLATE, "… one order, new or sent before", "1", _sum(counts))


def _sum(counts: list[Any]) -> object:
    return sum(counts) if all(isinstance(count, int) for count in counts) else counts
