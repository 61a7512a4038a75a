"""The service, live, against its contract."""

import pytest
import requests

from tests.live import Service
from tests.orders import an_order

pytestmark = pytest.mark.xdist_group("portal")

RECORDED = ("assigned", "accepted", "reached customer location", "reached customer location")


@pytest.fixture(scope="module")
def tracked(portal: Service) -> str:
    """The reference of an order with a history."""
    order = an_order(repair_ref_no="TRACKED-1")
    headers = {"Authorization": f"Bearer {portal.token()}"}
    url = f"{portal.base}/api/warrantify/repair/single-order/"
    request_id = requests.post(url, json=order, headers=headers, timeout=10).json()["DATA"]["request_id"]
    for status in RECORDED:
        recorded = portal.manage("record_status", request_id, status)
        assert recorded.returncode == 0, recorded.stderr
    return "TRACKED-1"


def verify(portal: Service, *options: str) -> tuple[int, str]:
    credentials = [
        "--username",
        portal.username,
        "--password",
        portal.password,
        "--api-key",
        portal.api_key,
    ]
    run = portal.manage("verify_contract", portal.base, *credentials, *options)
    return run.returncode, run.stdout + run.stderr


def test_the_service_keeps_its_contract(portal: Service, tracked: str) -> None:
    status, printed = verify(portal, "--tracked", tracked)
    assert status == 0, printed


def test_without_a_service_it_says_so(portal: Service) -> None:
    credentials = ["--username", "u", "--password", "p", "--api-key", "k"]
    run = portal.manage("verify_contract", "http://127.0.0.1:9", *credentials)
    assert run.returncode == 1
    assert "cannot be reached" in run.stderr
