"""A live service on two databases: the primary, and a copy of it that has fallen behind."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests

from tests.conftest import SERVER_URL, Serving
from tests.support.orders import ORDER
from tests.support.service import Service, database, gunicorn

pytestmark = pytest.mark.once


@dataclass(frozen=True)
class Pair:
    """The service that reads the replica, and an order whose last event only the primary has."""

    service: Service
    request_id: str

    def track(self, reference: str, **headers: str) -> requests.Response:
        return requests.get(
            f"{self.service.base}/api/warrantify/claim/tracking/?ReferenceID={reference}",
            headers={"X-API-Key": self.service.api_key} | headers,
            timeout=10,
        )


def post(service: Service, reference: str) -> str:
    answer = requests.post(
        f"{service.base}/api/warrantify/repair/single-order/",
        json={**ORDER, "repair_ref_no": reference},
        headers={"Authorization": f"Bearer {service.token()}"},
        timeout=10,
    )
    return str(answer.json()["DATA"]["request_id"])


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, worker_id: str, serving: Serving) -> Iterator[Pair]:
    folder: Path = tmp_path_factory.mktemp("replica")
    with serving("primary", CONN_MAX_AGE="0", WEB_CONCURRENCY="1") as primary:
        request_id = post(primary, "OLD-1")
        assert primary.manage("record_status", request_id, "assigned").returncode == 0
        # Nobody is connected to it now, so that it can be copied.
        url = primary.environ["DATABASE_URL"]
        with database(SERVER_URL, folder, f"replica_{worker_id}", url) as replica_url:
            environ = {**primary.environ, "REPLICA_DATABASE_URL": replica_url}
            assert primary.manage("record_status", request_id, "accepted").returncode == 0
            with gunicorn(environ, folder) as (base, pid):
                yield Pair(replace(primary, base=base, pid=pid, environ=environ), request_id)


def test_a_look_up_is_answered_by_the_replica(pair: Pair) -> None:
    assert pair.track(pair.request_id).json()["DATA"]["current_status"]["status"] == "assigned"


def test_a_conditional_look_up_is_answered_by_the_replica(pair: Pair) -> None:
    etag = pair.track("OLD-1").headers["ETag"]
    assert pair.track("OLD-1", **{"If-None-Match": etag}).status_code == 304


def test_an_order_that_the_replica_has_not_got_yet_is_found(pair: Pair) -> None:
    post(pair.service, "NEW-1")
    assert pair.track("NEW-1").json()["Message"] == "No tracking information available"


def test_an_order_that_neither_has_is_404(pair: Pair) -> None:
    assert pair.track("NONE").status_code == 404


def test_what_is_written_goes_to_the_primary(pair: Pair) -> None:
    request_id = post(pair.service, "NEW-2")
    assert pair.service.manage("record_status", request_id, "assigned").returncode == 0
    assert pair.track(request_id).json()["DATA"]["current_status"]["status"] == "assigned"
