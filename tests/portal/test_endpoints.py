"""The endpoints' texts and errors in `endpoints.md`, against the code."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from portal.openapi.endpoints import SECTIONS, TABLES
from portal.views import openapi_document
from repairs import fields
from warrantify.http.errors import MESSAGES

PACKAGES = ("warrantify", "partners", "repairs", "tracking", "webhooks", "estimates")


def constants() -> Iterator[Any]:
    """The texts of the modules that answer requests."""
    yield from (*MESSAGES.values(), *fields.MESSAGE_ORDER, *fields.MISSING_PART.values())
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES:
            yield from (value for value in vars(module).values() if isinstance(value, str))


def test_each_message_is_one_that_the_code_answers() -> None:
    documented = {error.message for section in SECTIONS.values() for error in section.errors}
    # Those that no constant of a module holds; the contract suite has them answered.
    computed = {message for message in documented if message.startswith(("Content-Type", "Malformed"))}
    assert len(documented) > 40
    assert documented - computed - set(constants()) == set()


def test_each_row_is_read() -> None:
    rows = [line for line in TABLES.splitlines() if line.startswith(("| 4", "| 5"))]
    assert sum(len(section.errors) for section in SECTIONS.values()) == len(rows)


@pytest.mark.django_db
def test_each_endpoint_is_named_as_in_the_openapi_document() -> None:
    endpoints = {
        f"{method.upper()} {path.removeprefix('/api/warrantify/')}"
        for path, methods in openapi_document()["paths"].items()
        for method in methods
    }
    assert {heading for heading, section in SECTIONS.items() if section.summary} == endpoints
