"""GET sample-template/ and the file it serves."""

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from rest_framework.test import APIClient

from partners.services import NewPartner
from repairs import views
from repairs.bulk import template
from repairs.bulk.orders_sheet import MEDIA_TYPE, TEMPLATE
from repairs.fields import SHEET_FIELDS, TEMPLATE_FIELDS
from tests.support.workbooks import ROW, form

URL = "/api/warrantify/sample-template/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(acme: NewPartner) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=acme.api_key)
    return client


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path at which the service looks for its template."""
    path = tmp_path / "repair_template.xlsx"
    monkeypatch.setattr(views, "TEMPLATE", path)
    return path


def parts_of(content: bytes) -> dict[str, bytes]:
    """The parts without the time of writing."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "docProps/core.xml"}


def test_the_file_is_what_the_table_of_fields_says() -> None:
    kept = parts_of(TEMPLATE.read_bytes())
    assert kept == parts_of(template.build()), "run: python manage.py build_template"


@pytest.mark.parametrize("path", [URL, URL.rstrip("/")])
def test_it_is_served_as_an_attachment(client: APIClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == MEDIA_TYPE
    assert answer["Content-Disposition"] == 'attachment; filename="repair_template.xlsx"'
    assert answer.getvalue() == TEMPLATE.read_bytes()


def test_it_needs_a_key() -> None:
    answer = APIClient().get(URL)
    assert (answer.status_code, answer.json()["Status_code"]) == (401, "401")
    assert answer.json()["Message"] == "Invalid or missing API key"


def test_its_first_sheet_is_the_documented_header_and_sample_row() -> None:
    sheet = load_workbook(TEMPLATE).worksheets[0]
    assert list(sheet.values) == [tuple(ROW), tuple(ROW.values())]


def test_every_column_is_text_in_the_sample_row_and_below() -> None:
    sheet = load_workbook(TEMPLATE).worksheets[0]
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    widths = sheet.column_dimensions.values()
    assert len(widths) == len(TEMPLATE_FIELDS)
    assert {column.number_format for column in widths} == {"@"}


def test_engagement_type_has_a_drop_down_for_a_thousand_rows() -> None:
    [choices] = load_workbook(TEMPLATE).worksheets[0].data_validations.dataValidation
    assert (choices.formula1, str(choices.sqref)) == ('"Onsite,Offsite"', "E2:E1001")


def test_its_second_sheet_explains_every_column() -> None:
    sheet = load_workbook(TEMPLATE).worksheets[1]
    explained = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert explained == [field.name for field in SHEET_FIELDS]


def test_uploaded_as_it_is_it_stores_its_one_order(client: APIClient) -> None:
    content = client.get(URL).getvalue()
    answer = client.post("/api/warrantify/repair/bulk-order/", form(content)).json()
    assert answer["Message"] == "1 repair order uploaded successfully"
    assert answer["DATA"][0]["service_request_id"] == "REP10001"


def test_an_absent_file_is_404(client: APIClient, elsewhere: Path) -> None:
    answer = client.get(URL)
    assert (answer.status_code, answer.json()["Status_code"]) == (404, "404")
    assert answer.json()["Message"] == "Template file not found on server"


def test_an_unreadable_file_is_500(client: APIClient, elsewhere: Path) -> None:
    elsewhere.mkdir()
    answer = client.get(URL)
    assert answer.status_code == 500
    assert answer.json()["Message"] == "Error serving the template file"
