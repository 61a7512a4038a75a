"""The multipart form of bulk-order: credentials, parts, sizes and damaged bodies."""

from typing import Any

import pytest
import requests
from django.conf import settings
from rest_framework.test import APIClient

from partners.services import NewPartner
from repairs.bulk.orders_sheet import NOT_XLSX
from repairs.models import BulkUpload, RepairOrder
from tests.support.service import Service
from tests.support.workbooks import a_row, form, many, upload, workbook

URL = "/api/warrantify/repair/bulk-order/"
GOOD = workbook(a_row())
TOO_LARGE = "File size cannot exceed 10 MB"
MEGABYTE = 1024 * 1024


@pytest.fixture
def bulk(acme: NewPartner) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=acme.api_key)
    return client


def refusal(answer: Any, status: int = 400) -> str:
    """The answer's sentence; its envelope is checked on the way."""
    assert answer.status_code == status
    body = answer.json()
    assert (body["Success"], body["Status_code"]) == ("False", status)
    return str(body["Message"])


def send_raw(client: APIClient, body: bytes = b"", kind: str = "") -> Any:
    """A body as it is, of whatever content type."""
    return client.generic("POST", URL, body, content_type=kind)  # type: ignore[arg-type] # bytes do


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Client_Email": ...}, "Email is required"),
        ({"Client_Email": "  "}, "Email is required"),
        ({"Client_Email": "orders"}, "Invalid Email format"),
        ({"Client_Email": "a@b.example\r\nBcc: x@y.example"}, "Invalid Email format"),
        ({"Client_Email": f"{'a' * 250}@b.example"}, "Invalid Email format"),
        ({"Client_Email": f"a@{'é' * 60}.co"}, "Invalid Email format"),
        ({"Client_Name": ...}, "Client name is required"),
        ({"Client_Name": " "}, "Client name is required"),
        ({"Client_Name": "Acme\x00"}, "Invalid request data"),
        ({"Client_Name": "x" * 201}, "Invalid request data"),
        ({"customFile": ...}, "File upload is required"),
        ({"customFile": "a text"}, "File upload is required"),
        ({"customFile": upload(b"")}, NOT_XLSX),
        ({"Client_Email": ..., "Client_Name": ..., "customFile": ...}, "Email is required"),
        ({"Client_Name": ..., "customFile": ...}, "Client name is required"),
        ({"Client_Email": "orders", "customFile": upload(b"junk")}, "Invalid Email format"),
    ],
)
def test_the_first_breach_of_the_table_answers(
    bulk: APIClient, changes: dict[str, Any], message: str
) -> None:
    assert refusal(bulk.post(URL, form(GOOD, **changes))) == message
    assert not BulkUpload.objects.exists()


def test_errors_name_every_part_to_blame(bulk: APIClient) -> None:
    errors = bulk.post(URL, form(None, Client_Email="x", Client_Name=...)).json()["Errors"]
    assert set(errors) == {"Client Email", "Client Name", "customFile"}


def test_parts_are_trimmed(bulk: APIClient) -> None:
    bulk.post(URL, form(GOOD, Client_Email=" a@b.example ", Client_Name=" Acme "))
    kept = BulkUpload.objects.get()
    assert (kept.client_email, kept.client_name) == ("a@b.example", "Acme")


@pytest.mark.parametrize("key", [None, "", "wk_000000000000_no", "nonsense"])
def test_credentials_come_before_everything(bulk: APIClient, key: str | None) -> None:
    bulk.credentials(**({} if key is None else {"HTTP_X_API_KEY": key}))
    assert refusal(bulk.post(URL, {}), 401) == "Invalid or missing API key"


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_another_content_type_is_415(bulk: APIClient, kind: str) -> None:
    answer = send_raw(bulk, b"{}", kind)
    assert refusal(answer, 415) == "Content-Type must be multipart/form-data"


def test_a_post_without_a_body_lacks_the_email(bulk: APIClient) -> None:
    assert refusal(send_raw(bulk)) == "Email is required"


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\u00e9",
    ],
)
def test_a_body_without_a_usable_boundary_is_400(bulk: APIClient, kind: str) -> None:
    answer = send_raw(bulk, b"--x\r\n\r\n--x--", kind)
    assert refusal(answer) == "Invalid request data"


@pytest.mark.parametrize("charset", ["hex", "base64", "utf-16", "klingon", "rot13"])
def test_a_strange_charset_does_no_harm(bulk: APIClient, charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="Client Email"\r\n\r\na@b.example\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    assert refusal(send_raw(bulk, body, kind)) == "Client name is required"


HEAD = b'--x\r\nContent-Disposition: form-data; name="customFile"; filename="a.xlsx"\r\n'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        b"--x",
        b"--x\r\n" * 1000,
        b'--x\r\nContent-Disposition: form-data; name="\xff\xfe"; filename="\x80"\r\n\r\nx\r\n--x--\r\n',
        b"--x\r\nContent-Disposition: form-data; filename*=utf-99''x\r\n\r\nx\r\n--x--\r\n",
        b"--x\r\nContent-Disposition: form-data; name*=hex''%ff\r\n\r\nx\r\n--x--\r\n",
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n",
        HEAD + b"Content-Length: many\r\n\r\nx\r\n--x--\r\n",
        HEAD + b"Content-Type: text/plain; charset=hex\r\n\r\nx\r\n--x--\r\n",
        HEAD + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\nx\r\n--x--\r\n",
        b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n\r\n' % n for n in range(1500)),
        (HEAD + b"\r\nx\r\n") * 200 + b"--x--\r\n",
    ],
)
def test_a_damaged_body_is_400(bulk: APIClient, body: bytes) -> None:
    refusal(send_raw(bulk, body, "multipart/form-data; boundary=x"))


def test_a_part_of_half_a_megabyte_of_text_is_refused(bulk: APIClient) -> None:
    assert refusal(bulk.post(URL, form(GOOD, Client_Name="x" * 500_000)), 413) == "Request body too large"


def test_a_file_of_exactly_10_mb_is_looked_at(bulk: APIClient) -> None:
    assert refusal(bulk.post(URL, form(bytes(10 * MEGABYTE)))) == NOT_XLSX


def test_a_file_of_a_byte_more_is_not(bulk: APIClient) -> None:
    assert refusal(bulk.post(URL, form(bytes(10 * MEGABYTE + 1)))) == TOO_LARGE


def test_a_missing_email_comes_before_a_large_file(bulk: APIClient) -> None:
    content = bytes(11 * MEGABYTE)
    assert refusal(bulk.post(URL, form(content, Client_Email=...))) == "Email is required"


def test_a_large_file_under_another_name_is_not_kept(bulk: APIClient) -> None:
    answer = bulk.post(URL, form(GOOD) | {"another": upload(bytes(2 * MEGABYTE))})
    assert answer.status_code == 200


def test_a_file_name_is_kept_without_its_folder_and_control_characters(bulk: APIClient) -> None:
    bulk.post(URL, form(None, customFile=upload(GOOD, f"C:\\x\\{'n' * 300}\x07.xlsx")))
    name = BulkUpload.objects.get().file_name
    assert name.startswith("nnn")
    assert len(name) <= 255


def post(live: Service, content: bytes, **headers: str) -> requests.Response:
    """Over the wire, as `requests` does it."""
    return requests.post(
        f"{live.base}{URL}",
        data={"Client Email": "orders@acme.example", "Client Name": "Acme"},
        files={"customFile": ("orders.xlsx", content)},
        headers={"X-API-Key": live.api_key, **headers},
        timeout=60,
    )


@pytest.mark.parametrize("size", [11, 17, 40])
def test_a_client_that_sends_too_much_gets_its_answer(live: Service, size: int) -> None:
    assert refusal(post(live, bytes(size * MEGABYTE))) == TOO_LARGE


def test_a_large_body_without_a_key_is_401(live: Service) -> None:
    answer = post(live, bytes(12 * MEGABYTE), **{"X-API-Key": "none"})
    assert refusal(answer, 401) == "Invalid or missing API key"


def test_a_thousand_rows_go_through_a_running_service(live: Service) -> None:
    answer = post(live, many(1000, "WIRE"))
    assert len({entry["request_id"] for entry in answer.json()["DATA"]}) == 1000


@pytest.mark.django_db
def test_the_limits_are_the_contracts() -> None:
    assert settings.MAX_UPLOAD_FILE_BYTES == 10 * MEGABYTE
    assert not RepairOrder.objects.exists()
