"""The summary mail: queued with the orders, what it says, and the workbook attached to it."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import transaction
from django.utils import timezone
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from rest_framework.test import APIClient

from outbox import queue
from outbox.models import Message
from outbox.worker import run_due
from partners.services import NewPartner
from repairs.bulk import summary_email
from repairs.bulk.result_workbook import MARKED
from repairs.models import BulkUpload, RepairOrder
from tests.support.workbooks import COLUMNS, a_row, form, saved, workbook

URL = "/api/warrantify/repair/bulk-order/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def bulk(acme: NewPartner) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=acme.api_key)
    return client


def send(client: APIClient, *rows: dict[str, Any], columns: tuple[str, ...] = COLUMNS, **parts: Any) -> Any:
    return client.post(URL, form(workbook(*rows, columns=columns), **parts)).json()


def delivered() -> Any:
    """The one mail that is due, sent."""
    assert run_due() == 1
    [message] = outbox.outbox
    return message


def attached(message: Any) -> Worksheet:
    """The sheet of the attached workbook."""
    [(_, content, _)] = message.attachments
    return load_workbook(io.BytesIO(content)).worksheets[0]


def cells_of(sheet: Worksheet) -> list[list[object]]:
    return [["" if value is None else value for value in row] for row in sheet.values]


def test_an_upload_is_mailed_once_to_the_forms_address(bulk: APIClient) -> None:
    send(bulk, a_row(), Client_Email="desk@acme.example")
    assert delivered().to == ["desk@acme.example"]
    assert run_due() == 0
    kept = BulkUpload.objects.get()
    assert kept.mail is not None
    assert (kept.mail.state, kept.mail.attempts) == ("delivered", 1)


def test_nothing_is_sent_while_the_partner_waits(bulk: APIClient) -> None:
    send(bulk, a_row())
    assert outbox.outbox == []


def test_a_rolled_back_upload_is_not_mailed(bulk: APIClient) -> None:
    with transaction.atomic():
        send(bulk, a_row())
        transaction.set_rollback(True)
    assert run_due() == 0


def test_validate_only_is_not_mailed(bulk: APIClient) -> None:
    send(bulk, a_row(), Validate_Only="true")
    assert run_due() == 0


def test_it_says_the_counts_first_and_then_what_to_do(bulk: APIClient) -> None:
    send(bulk, a_row(), a_row(), a_row(repair_ref_no="BAD", Pincode="1"))
    message = delivered()
    html, kind = message.alternatives[0]
    assert message.subject == "Repair orders: 1 uploaded, 1 duplicate, 1 invalid"
    assert kind == "text/html"
    for text in (message.body, html):
        assert text.index("Uploaded") < text.index("What to do next") < text.index("Invalid rows")
        assert "row 4, BAD: Pincode: Give exactly 6 digits." in text
        assert "Duplicate: repeated in this file" in text


def test_the_partners_text_is_escaped_and_never_a_template(bulk: APIClient) -> None:
    evil = "<b>{{ upload.sha256 }}{% now 'Y' %}</b>"
    send(bulk, a_row(repair_ref_no=evil, City="4"), a_row(), Client_Name=evil)
    message = delivered()
    assert evil in message.body
    assert "&lt;b&gt;{{ upload.sha256 }}" in message.alternatives[0][0]


def test_the_attached_workbook_is_the_partners_own_rows_and_three_columns(bulk: APIClient) -> None:
    columns = ("Remarks", *COLUMNS)
    answer = send(bulk, a_row(Remarks=7), a_row(repair_ref_no="BAD", City=None), columns=columns)
    header, good, bad = cells_of(attached(delivered()))
    assert header == [*columns, "Status", "Request_ID", "Errors"]
    assert good == ["7", *a_row().values(), "Stored", answer["DATA"][0]["request_id"], ""]
    assert bad[-3:] == ["Invalid", "", "City: This field is required."]


def test_bad_cells_are_marked_and_no_others(bulk: APIClient) -> None:
    send(bulk, a_row(), a_row(repair_ref_no="BAD", City="N4", Pincode=None))
    sheet = attached(delivered())
    marked = [cell.coordinate for row in sheet for cell in row if cell.fill.fgColor.rgb == MARKED.fgColor.rgb]
    assert marked == ["G3", "I3"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "#N/A x"])
def test_text_that_looks_like_a_formula_stays_text(bulk: APIClient, text: str) -> None:
    content = load_workbook(io.BytesIO(workbook(a_row())))
    content.worksheets[0]["L2"].value = text
    content.worksheets[0]["L2"].data_type = "s"
    bulk.post(URL, form(saved(content)))
    cell = attached(delivered())["L2"]
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")


def test_a_rounded_number_is_text_by_its_format(bulk: APIClient) -> None:
    send(bulk, a_row(), a_row(repair_ref_no="BAD", IMEINo=12345678901234567))
    cell = attached(delivered())["M3"]
    assert (cell.data_type, cell.number_format) == ("n", "@")


def test_an_upload_of_nothing_but_invalid_rows_is_mailed(bulk: APIClient) -> None:
    send(bulk, a_row(City="N4"))
    assert "1 invalid" in delivered().subject


def test_the_corrected_workbook_stores_just_the_corrected_rows(bulk: APIClient) -> None:
    rows = [
        a_row(repair_ref_no="A"),
        a_row(repair_ref_no="B", Pincode=True),
        a_row(repair_ref_no="C", Make=None),
    ]
    send(bulk, *rows)
    sheet = attached(delivered())
    sheet["I3"].value, sheet["K4"].value = "560002", "HP"
    assert sheet.parent is not None
    answer = bulk.post(URL, form(saved(sheet.parent))).json()
    assert (answer["Uploaded_Orders_Count"], answer["Invalid_Orders_Count"]) == (2, 0)
    assert answer["Duplicate_Reference_IDs"] == ["A"]
    last = BulkUpload.objects.first()
    assert last is not None
    assert [row["outcome"] for row in last.rows] == ["identical", "stored", "stored"]


def test_the_workbook_sent_back_as_it_is_fails_as_before(bulk: APIClient) -> None:
    when = timezone.now().replace(tzinfo=None, microsecond=0)
    bad: list[object] = [True, when, 12345678901234567, "#DIV/0!", 1e300]
    send(bulk, a_row(), *(a_row(repair_ref_no=f"R{n}", Model=value) for n, value in enumerate(bad)))
    sheet = attached(delivered())
    assert sheet.parent is not None
    answer = bulk.post(URL, form(saved(sheet.parent))).json()
    assert (answer["Uploaded_Orders_Count"], answer["Invalid_Orders_Count"]) == (0, len(bad))
    assert RepairOrder.objects.count() == 1


def test_long_lists_are_cut_in_the_mail_but_not_in_the_workbook(bulk: APIClient) -> None:
    rows = [a_row(repair_ref_no=f"R{number}", City="4") for number in range(summary_email.MAX_LISTED + 5)]
    send(bulk, a_row(), *rows)
    message = delivered()
    assert "and 5 more, see the attached workbook" in message.body
    assert attached(message).max_row == len(rows) + 2


def test_the_message_id_is_of_our_domain_and_stays_for_ever(bulk: APIClient, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Repairs <repairs@warrantify.example>"
    send(bulk, a_row())
    first = delivered().extra_headers["Message-ID"]
    queue.requeue(Message.objects.all())
    run_due()
    assert first.endswith("@warrantify.example>")
    assert [message.extra_headers["Message-ID"] for message in outbox.outbox] == [first, first]


def test_waits_double_up_to_an_hour() -> None:
    waits = [summary_email.SummaryMail().wait_after(attempts) for attempts in range(1, 12)]
    assert waits[:3] == [timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60)]
    assert waits[-1] == timedelta(hours=1)
