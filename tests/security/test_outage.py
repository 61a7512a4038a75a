"""With its database away the service says so, in the envelope, soon, and comes back by itself."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from chaos.parts import Postgres
from tests.support.orders import an_order
from tests.support.service import Service, create_live, migrate, serve_database, service_environ

API = "/api/warrantify"
pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("TEST_DATABASE_URL"), reason="PostgreSQL only: SQLite cannot be away"
    ),
    pytest.mark.xdist_group("outage"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    # Not below pytest's own folder: PostgreSQL runs as a user of its own.
    with tempfile.TemporaryDirectory(prefix="warrantify-outage-") as folder:
        postgres = Postgres(Path(folder))
        postgres.create()
        postgres.start()
        yield postgres
        postgres.stop()


@pytest.fixture(scope="module")
def service(cluster: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("outage")
    environ = service_environ(cluster.url("postgres"), folder)
    migrate(environ)
    with serve_database(folder, environ, create_live(environ)) as service:
        yield service


@pytest.fixture(scope="module")
def token(service: Service) -> str:
    return service.token()


@pytest.fixture
def frozen(service: Service, token: str, cluster: Postgres) -> Iterator[None]:
    """Every process of the cluster is stopped, but its sockets stay."""
    requests.get(f"{service.base}/readyz", timeout=10)  # so that connections are open
    pids = [cluster.pid, *cluster.children()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def timed(service: Service, path: str, token: str) -> tuple[int, float]:
    """Status and seconds of a GET, or of an order."""
    if path == "order":
        body, headers = an_order(), {"Authorization": token}
        answer = requests.post(
            f"{service.base}{API}/repair/single-order/", json=body, headers=headers, timeout=30
        )
    else:
        answer = requests.get(service.base + path, timeout=30)
    return answer.status_code, answer.elapsed.total_seconds()


def test_with_a_frozen_database_requests_end_and_probes_answer_soon(
    service: Service, token: str, frozen: None
) -> None:
    with ThreadPoolExecutor(40) as pool:
        orders = [pool.submit(timed, service, "order", token) for _ in range(32)]
        time.sleep(1.5)  # by then every thread waits for the database
        probes = [pool.submit(timed, service, path, token) for path in ("/healthz", "/readyz")]
        statuses = [probe.result()[0] for probe in probes]
    assert statuses == [200, 503]
    assert max(probe.result()[1] for probe in probes) < 2.5
    assert {order.result()[0] for order in orders} == {503}
    assert max(order.result()[1] for order in orders) < 10


def test_after_the_frost_orders_are_stored_again(service: Service, token: str) -> None:
    time.sleep(1.5)
    assert timed(service, "/readyz", token)[0] == 200
    assert {timed(service, "order", token)[0] for _ in range(8)} <= {200, 409}


@pytest.fixture(scope="module")
def away(service: Service, token: str, cluster: Postgres) -> None:
    requests.get(f"{service.base}/readyz", timeout=10)  # so that connections are open
    cluster.crash()


CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "order": ("POST", f"{API}/repair/single-order/", {"json": an_order()}),
    "token": ("POST", f"{API}/token/", {"json": {"username": "live", "password": "x"}}),
    "tracking": ("GET", f"{API}/claim/tracking/?ReferenceID=x", {"headers": {"X-API-Key": "wk_a_b"}}),
    "bulk": ("POST", f"{API}/repair/bulk-order/", {"headers": {"X-API-Key": "wk_a_b"}, "files": {"a": b""}}),
    "admin": ("GET", "/admin/", {"cookies": {"sessionid": "a" * 32}}),
}


@pytest.mark.parametrize("name", CALLS)
def test_without_a_database_the_answer_is_503(service: Service, token: str, away: None, name: str) -> None:
    method, path, arguments = CALLS[name]
    headers = {"Authorization": token, **arguments.get("headers", {})}
    answer = requests.request(
        method, f"{service.base}{path}", timeout=10, **{**arguments, "headers": headers}
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["Message"] == "Service temporarily unavailable"
    assert answer.elapsed.total_seconds() < 5


def test_without_a_database_an_unknown_path_is_404(service: Service, away: None) -> None:
    assert requests.get(f"{service.base}/api/nothing", timeout=10).status_code == 404


def test_without_a_database_the_process_lives_and_is_not_ready(service: Service, away: None) -> None:
    statuses = [requests.get(service.base + path, timeout=10).status_code for path in ("/healthz", "/readyz")]
    assert statuses == [200, 503]


def test_service_resumes_by_itself(service: Service, token: str, away: None, cluster: Postgres) -> None:
    cluster.start()
    url, headers = f"{service.base}{API}/repair/single-order/", {"Authorization": token}
    statuses = [
        requests.post(url, json=an_order(repair_ref_no=f"R{n}"), headers=headers, timeout=10).status_code
        for n in range(20)
    ]
    assert statuses == [200] * 20
