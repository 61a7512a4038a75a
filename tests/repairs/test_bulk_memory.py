"""An upload leaves nothing behind in memory for a collection of garbage to find."""

import gc
from collections.abc import Iterator

import pytest
from rest_framework.test import APIClient

from repairs.bulk.package import Part
from repairs.models import BulkUpload
from tests.support.workbooks import a_row, form, workbook

URL = "/api/warrantify/repair/bulk-order/"


@pytest.fixture
def _no_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collection")
def test_the_parsers_and_the_record_are_freed_with_the_answer(key_api: APIClient) -> None:
    gc.collect()

    answer = key_api.post(URL, form(workbook(a_row())), format="multipart")

    assert answer.status_code == 200
    assert [each for each in gc.get_objects() if isinstance(each, Part | BulkUpload)] == []
