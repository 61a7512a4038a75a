"""No secret and no customer's datum in a log line, whatever goes wrong."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import requests

from chaos.load import upload_form
from tests.conftest import Serving
from tests.support.orders import an_order
from tests.support.service import SECRETS as SERVICE_SECRETS
from tests.support.service import Service

pytestmark = pytest.mark.once  # PostgreSQL's errors repeat what they were given, SQLite's do not

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


class Misuse(NamedTuple):
    """What a service wrote while everything below was done to it, and the secrets that it knew."""

    log: str
    statuses: list[int]
    known: list[str]


@pytest.fixture(scope="module")
def misuse(serving: Serving) -> Misuse:
    with serving("leak", WEB_CONCURRENCY="1") as service:
        token = service.token()
        statuses = [
            requests.request(method, f"{service.base}{path}", timeout=20, **arguments).status_code
            for method, path, arguments in _calls(service, token)
        ]
        # From here on every order and upload is an unforeseen error, with somebody's data at hand.
        broken = service.manage("shell", "-c", BREAK)
        assert broken.returncode == 0, broken.stderr
        for path, arguments in (
            (f"{API}/repair/single-order/", _order(token, repair_ref_no="AFTER")),
            (f"{API}/repair/bulk-order/", _upload(service, "AFTER-1")),
        ):
            statuses.append(requests.post(f"{service.base}{path}", timeout=20, **arguments).status_code)
        known = [token, service.api_key, service.password, *SERVICE_SECRETS.values()]
    return Misuse(service.log.read_text(), statuses, known)


def _order(token: str, **changes: Any) -> dict[str, Any]:
    return {"json": an_order(**{**PLANTED, **changes}), "headers": {"Authorization": token}}


def _upload(service: Service, *references: str) -> dict[str, Any]:
    body, content_type = upload_form(references, **PLANTED)
    return {"data": body, "headers": {"X-API-Key": service.api_key, "Content-Type": content_type}}


def _calls(service: Service, token: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    orders, login = f"{API}/repair/single-order/", f"{API}/token/"
    json_body = {"Authorization": token, "Content-Type": "application/json"}
    yield "POST", orders, _order(token)
    yield "POST", orders, _order(token)
    yield "POST", orders, _order(token, Pincode="x")
    yield "POST", orders, {"data": str(PLANTED), "headers": json_body}
    yield "POST", orders, {"json": PLANTED, "headers": {"Authorization": SECRETS[2]}}
    yield "POST", orders, {"json": PLANTED, "headers": {**json_body, "X-Bad": "a" * 9000 + SECRETS[1]}}
    yield "POST", login, {"json": {"username": PLANTED["CustomerEmail"], "password": SECRETS[0]}}
    yield "POST", login, {"json": {"username": SECRETS[0], "password": SECRETS[0]}}
    query = f"?ReferenceID={PLANTED['CustomerMobile']}"
    yield "GET", f"{API}/claim/tracking/{query}", {"headers": {"X-API-Key": SECRETS[1]}}
    yield "GET", f"{API}/claim/tracking/{query}", {"headers": {"X-API-Key": service.api_key}}
    yield "GET", f"{API}/{PLANTED['CustomerEmail']}", {}
    search = f"/admin/repairs/repairorder/?q={PLANTED['CustomerMobile']}"
    yield "GET", search, {"cookies": {"sessionid": SECRETS[3]}, "allow_redirects": False}
    yield "POST", "/admin/account/login/", {"data": {"login": SECRETS[0], "password": SECRETS[0]}}
    yield (
        "POST",
        f"{API}/repair/bulk-order/?{PLANTED['CustomerMobile']}",
        _upload(service, "LEAK-1", "LEAK-2"),
    )


SQLITE_BREAK = "CREATE TRIGGER broken_{0} BEFORE INSERT ON {0} BEGIN SELECT RAISE(ABORT, 'no'); END"
POSTGRES_BREAK = "ALTER TABLE {0} ADD CONSTRAINT broken_{0} CHECK (id IS NULL) NOT VALID"
BREAK = f"""
from django.db import connection
statement = {SQLITE_BREAK!r} if connection.vendor == "sqlite" else {POSTGRES_BREAK!r}
for table in ("repairs_repairorder", "repairs_bulkupload"):
    connection.cursor().execute(statement.format(table))
"""


@pytest.mark.parametrize("planted", [*PLANTED.values(), *SECRETS])
def test_a_planted_text_is_in_no_line(misuse: Misuse, planted: str) -> None:
    assert planted not in misuse.log


def test_no_secret_of_the_service_is_in_a_line(misuse: Misuse) -> None:
    assert [secret for secret in misuse.known if secret in misuse.log] == []


def test_every_misuse_took_place(misuse: Misuse) -> None:
    assert misuse.statuses == [
        *(200, 409, 400, 400, 401, 431, 401, 401, 401, 404, 404, 302, 403, 200),
        *(500, 500),
    ]


def test_the_log_did_see_the_errors(misuse: Misuse) -> None:
    assert "Unhandled error in SingleOrderView" in misuse.log
    assert "Unhandled error in BulkOrderView" in misuse.log
