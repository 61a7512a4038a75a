"""One live service for all tests of the portal that need one."""

from collections.abc import Iterator

import pytest

from tests.portal.live import Live, serve


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serve(tmp_path_factory.mktemp("live")) as service:
        yield service
