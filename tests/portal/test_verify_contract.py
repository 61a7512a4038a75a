"""The service, live, against its contract."""

import os
from collections.abc import Iterator

import pytest
import requests

from tests.live import Service, serve
from tests.orders import an_order

RECORDED = ("assigned", "accepted", "reached customer location", "reached customer location")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Service]:
    # With DEBUG the explorer's static files need no collecting.
    folder = tmp_path_factory.mktemp("contract")
    with serve(folder, os.environ.get("TEST_DATABASE_URL", ""), f"{worker_id}_contract", DEBUG="on") as live:
        yield live


@pytest.fixture(scope="module")
def tracked(service: Service) -> str:
    """The reference of an order with a history."""
    order = an_order(repair_ref_no="TRACKED-1")
    headers = {"Authorization": f"Bearer {service.token()}"}
    url = f"{service.base}/api/warrantify/repair/single-order/"
    request_id = requests.post(url, json=order, headers=headers, timeout=10).json()["DATA"]["request_id"]
    for status in RECORDED:
        recorded = service.manage("record_status", request_id, status)
        assert recorded.returncode == 0, recorded.stderr
    return "TRACKED-1"


def verify(service: Service, *options: str) -> tuple[int, str]:
    credentials = [
        "--username",
        service.username,
        "--password",
        service.password,
        "--api-key",
        service.api_key,
    ]
    run = service.manage("verify_contract", service.base, *credentials, *options)
    return run.returncode, run.stdout + run.stderr


def test_the_service_keeps_its_contract(service: Service, tracked: str) -> None:
    status, printed = verify(service, "--tracked", tracked)
    assert status == 0, printed


def test_without_a_service_it_says_so(service: Service) -> None:
    credentials = ["--username", "u", "--password", "p", "--api-key", "k"]
    run = service.manage("verify_contract", "http://127.0.0.1:9", *credentials)
    assert run.returncode == 1
    assert "cannot be reached" in run.stderr
