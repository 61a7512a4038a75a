"""The partner guide, and what it says against what the code does."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from portal import guide
from portal.views import openapi_document
from repairs.fields import API_FIELDS, SHEET_FIELDS
from tracking.models import WorkflowStep

pytestmark = pytest.mark.django_db


@pytest.fixture
def text() -> str:
    return guide.markdown(guide.FILE_BASE)


def test_the_guide_can_be_written_to_a_file(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide, "FILE", tmp_path / "docs" / "guide.md")
    call_command("build_guide", stdout=StringIO())
    assert guide.FILE.read_text("utf-8") == text


@pytest.mark.parametrize("path", ["guide/", "guide"])
def test_the_page_needs_no_credentials(api: APIClient, path: str) -> None:
    answer = api.get(f"/api/warrantify/{path}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")
    assert b"http://testserver/api/warrantify/docs/" in answer.content


def test_the_page_fetches_nothing(api: APIClient) -> None:
    page = api.get("/api/warrantify/guide/").content.decode()
    assert re.findall(r'(?:src|url\()="?http', page) == []
    assert "<script" not in page


def test_every_field_status_and_maximum_is_there(text: str) -> None:
    for field in (*API_FIELDS, *SHEET_FIELDS):
        assert f"| `{field.name}` |" in text
    for step in WorkflowStep.objects.all():
        assert f"| `{step.code}` | {step.description} |" in text


def test_every_documented_error_is_there(text: str) -> None:
    examples = [
        example["value"]["Message"]
        for path in openapi_document()["paths"].values()
        for operation in path.values()
        for status, response in operation["responses"].items()
        if status >= "400"
        for content in response["content"].values()
        for example in content["examples"].values()
    ]
    assert len(examples) > 50
    assert [message for message in examples if f"| `{message}` |" not in text] == []


def test_links_within_the_page_lead_somewhere() -> None:
    page = guide.page(guide.FILE_BASE)
    anchors = [heading.anchor for heading in page.contents]
    assert len(set(anchors)) == len(anchors)
    assert all(f'id="{anchor}"' in page.body for anchor in anchors)


@pytest.mark.parametrize("path", ["guide/", "docs/", "schema/"])
def test_another_method_is_refused_in_the_envelope(api: APIClient, path: str) -> None:
    answer = api.post(f"/api/warrantify/{path}", {}, format="json")
    assert answer.status_code == 405
    assert answer.json()["Message"] == "Method not allowed"
