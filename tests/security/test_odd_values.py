"""Values that a column cannot hold never reach the database: NUL, too long, out of range."""

import pytest
from django.test import Client
from django.urls import reverse

from partners.services import NewPartner
from tests.support.staff import at_desk

TOKEN = "/api/warrantify/token/"
LONG = "x" * 5000
COOKIES = ['"abcdefgh\\000"', "a" * 200, "\x00" * 32, "0" * 32, "A" * 32]
OBJECTS = ["0", "-1", "9" * 40, "9" * 4400, "%00", "1%00", "x", "_", "_00", "%ED%A0%80"]
PAGES = [
    "partners/partner",
    "partners/user",
    "partners/apikey",
    "partners/failedlogin",
    "repairs/repairorder",
    "repairs/bulkupload",
    "tracking/workflowstep",
    "admin/logentry",
]


@pytest.fixture
def anybody() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("cookie", COOKIES)
@pytest.mark.parametrize("name", ["sessionid", "csrftoken"])
@pytest.mark.parametrize("path", ["/admin/account/login/", "/", "/nothing"])
def test_an_odd_cookie_is_no_fault(db: None, anybody: Client, path: str, name: str, cookie: str) -> None:
    answer = anybody.get(path, headers={"Cookie": f"{name}={cookie}"})
    assert answer.status_code in (200, 404)


@pytest.mark.parametrize("username", ["x" * 151, "x" * 256, LONG, "a\x00b", "\x00"])
def test_an_odd_username_is_refused(db: None, anybody: Client, username: str) -> None:
    body = {"username": username, "password": "x"}
    assert anybody.post(TOKEN, body, content_type="application/json").status_code == 400
    assert anybody.post("/admin/account/login/", {**body, "login": username}).status_code == 200


def test_an_odd_password_is_refused(acme: NewPartner, anybody: Client) -> None:
    body = {"username": "acme", "password": "x" * 1025}
    assert anybody.post(TOKEN, body, content_type="application/json").status_code == 400


@pytest.mark.parametrize("key", OBJECTS)
@pytest.mark.parametrize("page", PAGES)
def test_an_odd_id_in_a_path_is_no_fault(db: None, page: str, key: str) -> None:
    desk = at_desk(None)
    desk.raise_request_exception = False
    root = reverse("admin:index")
    answers = [
        desk.get(f"{root}{page}/{key}/{view}/").status_code for view in ("change", "history", "delete")
    ]
    assert max(answers) < 500


@pytest.mark.parametrize("query", ["%00", "a%00b"])
def test_nul_in_an_address_is_400(db: None, query: str) -> None:
    desk = at_desk(None)
    for path in ("admin:repairs_repairorder_changelist", "admin:index", "admin:autocomplete"):
        assert desk.get(f"{reverse(path)}?q={query}&term={query}").status_code == 400


@pytest.mark.parametrize("address", ["nonsense", "x" * 500])
def test_an_odd_address_of_the_caller_is_no_fault(acme: NewPartner, anybody: Client, address: str) -> None:
    body = {"username": "acme", "password": "wrong"}
    answer = anybody.post(TOKEN, body, content_type="application/json", REMOTE_ADDR=address)
    assert answer.status_code == 401
