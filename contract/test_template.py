"""Section 5: sample-template."""

import pytest

from contract.answers import assert_refused
from contract.partner import Partner
from tests.support.http import Answer, Client
from tests.support.workbooks import MEDIA_TYPE


@pytest.fixture(scope="module")
def template(partner: Partner) -> Answer:
    return partner.get("sample-template/")


def test_the_template_is_an_attachment(template: Answer) -> None:
    assert (template.status, template.headers.get_content_type()) == (200, MEDIA_TYPE)
    assert template.headers.get_content_disposition() == "attachment"
    assert template.headers.get_filename() == "repair_template.xlsx"


def test_its_sample_order_uploads_as_it_is(partner: Partner, template: Answer) -> None:
    answer = partner.upload_file(template.body, Validate_Only="true")
    counts = answer.json["Uploaded_Orders_Count"], answer.json["Duplicate_Orders_Count"]
    assert (answer.status, sum(counts)) == (200, 1)


def test_it_needs_a_key(client: Client) -> None:
    assert_refused(client.get("sample-template/"), 401, "Invalid or missing API key")
