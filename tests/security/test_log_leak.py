"""No secret and no customer's datum in a log line, whatever goes wrong."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from chaos.load import upload_form
from tests.support.orders import an_order
from tests.support.service import Service, serve

API = "/api/warrantify"
PLANTED = {
    "Name": "Zebulon Quackenbush",
    "CustomerMobile": "9123409876",
    "CustomerEmail": "zebulon.q@planted.example",
    "AddressLine1": "Planted Villa 77",
    "IMEINo": "PLANTEDSERIAL42",
    "Issue": "Planted complaint",
}
SECRETS = ["planted-password-1", "wk_abcdef_planted-key", "planted.jwt.token", "planted-cookie"]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What a service wrote while everything below was done to it."""
    folder: Path = tmp_path_factory.mktemp("leak")
    with serve(folder, "", "leak", WEB_CONCURRENCY="1") as service:
        _misuse(service)
        time.sleep(0.5)
    yield (folder / "gunicorn.log").read_text()


def _misuse(service: Service) -> None:
    token = service.token()
    orders = f"{service.base}{API}/repair/single-order/"
    good = {"Authorization": token}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", orders, {"json": an_order(**PLANTED), "headers": good}),
        ("POST", orders, {"json": an_order(**PLANTED), "headers": good}),
        ("POST", orders, {"json": an_order(**{**PLANTED, "Pincode": "x"}), "headers": good}),
        ("POST", orders, {"data": str(PLANTED), "headers": {**good, "Content-Type": "application/json"}}),
        ("POST", orders, {"json": PLANTED, "headers": {"Authorization": SECRETS[2]}}),
        ("POST", orders, {"json": PLANTED, "headers": {**good, "X-Bad": "a" * 9000 + SECRETS[1]}}),
        (
            "POST",
            f"{service.base}{API}/token/",
            {"json": {"username": PLANTED["CustomerEmail"], "password": SECRETS[0]}},
        ),
        ("POST", f"{service.base}{API}/token/", {"json": {"username": SECRETS[0], "password": SECRETS[0]}}),
        (
            "GET",
            f"{service.base}{API}/claim/tracking/?ReferenceID={PLANTED['CustomerMobile']}",
            {"headers": {"X-API-Key": SECRETS[1]}},
        ),
        ("GET", f"{service.base}{API}/{PLANTED['CustomerEmail']}", {}),
        (
            "GET",
            f"{service.base}/admin/repairs/repairorder/?q={PLANTED['CustomerMobile']}",
            {"cookies": {"sessionid": SECRETS[3]}},
        ),
        (
            "POST",
            f"{service.base}/admin/account/login/",
            {"data": {"username": SECRETS[0], "password": SECRETS[0]}},
        ),
        ("POST", f"{service.base}{API}/repair/bulk-order/?{PLANTED['CustomerMobile']}", _upload(service)),
    ]
    for method, url, arguments in calls:
        requests.request(method, url, timeout=20, **arguments)
    # From here on every order and upload is an unforeseen error, with somebody's data at hand.
    assert service.manage("shell", "-c", BREAK).returncode == 0
    requests.post(orders, json=an_order(**PLANTED, repair_ref_no="AFTER"), headers=good, timeout=20)
    requests.post(f"{service.base}{API}/repair/bulk-order/", timeout=20, **_upload(service))


TRIGGER = "CREATE TRIGGER broken_{0} BEFORE INSERT ON {0} BEGIN SELECT RAISE(ABORT, 'no'); END"
BREAK = "\n".join(
    ["from django.db import connection"]
    + [
        f"connection.cursor().execute({TRIGGER.format(table)!r})"
        for table in ("repairs_repairorder", "repairs_bulkupload")
    ]
)


def _upload(service: Service) -> dict[str, Any]:
    body, content_type = upload_form(["LEAK-1", "LEAK-2"], **PLANTED)
    return {"data": body, "headers": {"X-API-Key": service.api_key, "Content-Type": content_type}}


@pytest.mark.parametrize("planted", [*PLANTED.values(), *SECRETS])
def test_a_planted_text_is_in_no_line(log: str, planted: str) -> None:
    assert planted not in log


def test_the_log_did_see_the_error(log: str) -> None:
    assert "Unhandled error in SingleOrderView" in log
    assert "Unhandled error in BulkOrderView" in log
