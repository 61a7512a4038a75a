"""A live service for the portal's tests alone: they fill it with orders."""

import os
from collections.abc import Iterator

import pytest

from tests.support.service import Service, serve


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("portal")
    # With DEBUG the explorer's static files need no collecting.
    with serve(folder, os.environ.get("TEST_DATABASE_URL", ""), f"{worker_id}_portal", DEBUG="on") as live:
        yield live
