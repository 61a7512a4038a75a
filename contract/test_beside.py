"""Section 7: what stands beside the endpoints."""

import re

import pytest

from tests.support.http import Client


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_probes_need_no_credentials(client: Client, path: str) -> None:
    assert client.get(path).status == 200


def test_the_openapi_document_is_published(client: Client) -> None:
    document = client.get("schema/").json
    assert document["openapi"].startswith("3.")
    assert {"info", "paths", "components"} <= set(document)


def test_the_explorer_fetches_nothing_from_elsewhere(client: Client) -> None:
    answer = client.get("docs/")
    assert (answer.status, answer.headers.get_content_type()) == (200, "text/html")
    assert not re.findall(rb'(?:src|href)="(?:https?:)?//[^"]*', answer.body)
