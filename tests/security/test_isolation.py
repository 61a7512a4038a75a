"""Every endpoint x every credential -> status. A new path without a row here fails."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from partners import services
from partners.models import User
from partners.services import NewPartner
from partners.tokens import AccessToken, RefreshToken, pair_for
from tests.conftest import PASSWORD
from tests.support.orders import an_order
from tests.support.tracked_orders import make_order
from tests.support.workbooks import a_row, workbook

API = "/api/warrantify"
JSON = "application/json"
Call = Callable[[Client, dict[str, str]], Any]


def post(path: str, body: dict[str, Any]) -> Call:
    return lambda client, headers: client.post(f"{API}{path}", body, JSON, headers=headers)


def get(path: str) -> Call:
    return lambda client, headers: client.get(path, headers=headers)


def upload(client: Client, headers: dict[str, str]) -> Any:
    file = SimpleUploadedFile("orders.xlsx", workbook(a_row(repair_ref_no="UPLOADED")))
    form = {"Client Email": "a@example.com", "Client Name": "Acme", "customFile": file}
    return client.post(f"{API}/repair/bulk-order/", form, headers=headers)


# name of the path: how to call it so that the right credential is answered 200
BY_TOKEN = {"single-order": post("/repair/single-order/", an_order(repair_ref_no="NEW"))}
BY_KEY: dict[str, Call] = {
    "bulk-order": upload,
    "sample-template": get(f"{API}/sample-template/"),
    "tracking": get(f"{API}/claim/tracking/?ReferenceID=OWN"),
    "tracking-batch": get(f"{API}/claim/tracking/batch/?ReferenceID=OWN"),
    "webhooks": get(f"{API}/webhooks/"),
    "estimate": get(f"{API}/claim/estimate/?ReferenceID=OWN"),
}
OPEN: dict[str, Call] = {
    "token": post("/token/", {"username": "acme", "password": PASSWORD}),
    "home": get("/"),
    "healthz": get("/healthz"),
    "readyz": get("/readyz"),
    "schema": get(f"{API}/schema/"),
    "guide": get(f"{API}/guide/"),
    "docs": get(f"{API}/docs/"),
}
# The rest, for every caller: a refresh token is its own credential, metrics have a token of their own.
ALWAYS: dict[str, tuple[Call, int]] = {
    "token-refresh": (post("/token/refresh/", {"refresh": "x"}), 401),
    "metrics": (get("/metrics"), 404),
    "webhook": (get(f"{API}/webhooks/wh_nobodys/"), 404),
    "webhook-secret": (post("/webhooks/wh_nobodys/secret/", {}), 404),
    "webhook-test": (post("/webhooks/wh_nobodys/test/", {}), 404),
    "webhook-deliveries": (get(f"{API}/webhooks/wh_nobodys/deliveries/"), 404),
    "webhook-replay": (post("/webhooks/wh_nobodys/replay/", {"event_id": "evt_none"}), 404),
    "not-found": (get("/api/nothing"), 404),
    "approval": (get("/estimate/nothing/"), 404),
    "admin": (get("/admin/"), 302),
    "accounts": (get("/admin/account/"), 302),
}

TOKEN_STATUS = {
    "none": 401,
    "malformed": 401,
    "expired": 401,
    "revoked": 401,
    "foreign": 200,
    "inactive user": 401,
    "inactive partner": 401,
    "staff": 403,
    "sandbox": 200,
    "wrong type": 401,
    "own": 200,
}
KEY_STATUS = {**TOKEN_STATUS, "inactive user": 200, "staff": 401}
# What a stranger's valid key finds under our reference.
FOREIGN_STATUS = {"tracking": 404, "estimate": 404}


def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield str(pattern.name)
        elif str(pattern.pattern).startswith("admin/account/"):
            yield "accounts"
        elif pattern.namespace:
            yield str(pattern.namespace)
        else:
            yield from names(pattern.url_patterns)


def test_every_path_has_a_row() -> None:
    rows = [*BY_TOKEN, *BY_KEY, *OPEN, *ALWAYS]
    assert sorted(names(get_resolver().url_patterns)) == sorted(rows)


@pytest.fixture
def user(acme: NewPartner) -> User:
    make_order(acme.partner, "OWN")
    return acme.user


def expired(token: AccessToken) -> str:
    token.set_exp(lifetime=-timedelta(seconds=1))
    return str(token)


def staff_token() -> str:
    return pair_for(User.objects.create_user("staff", is_staff=True))["access"]


def token_for(credential: str, user: User, rival: NewPartner) -> str:
    """The credential as a JWT; what it says of the world is made true."""
    text = pair_for(user)["access"]
    if credential == "revoked":  # tokens end with the password
        user.set_password("another long pass phrase")
    _become(credential, user)
    others: dict[str, Callable[[], str]] = {
        "none": str,
        "malformed": lambda: "a.b.c",
        "expired": lambda: expired(AccessToken.for_user(user)),
        "foreign": lambda: pair_for(rival.user)["access"],
        "staff": staff_token,
        "wrong type": lambda: str(RefreshToken.for_user(user)),
    }
    return others.get(credential, lambda: text)()


def key_for(credential: str, acme: NewPartner, rival: NewPartner) -> str:
    """The credential as an API key; what it says of the world is made true."""
    _become(credential, acme.user)
    others: dict[str, Callable[[], str]] = {
        "none": str,
        "malformed": lambda: "wk_nonsense",
        "expired": lambda: services.issue_key(acme.partner, expires_at=timezone.now())[1],
        "revoked": lambda: revoked(acme),
        "foreign": lambda: rival.api_key,
        "staff": staff_token,
        "wrong type": lambda: pair_for(acme.user)["access"],
    }
    return others.get(credential, lambda: acme.api_key)()


def revoked(acme: NewPartner) -> str:
    key, text = services.issue_key(acme.partner)
    services.revoke_key(key)
    return text


def _become(credential: str, user: User) -> None:
    partner = user.partner
    assert partner
    user.is_active = credential != "inactive user"
    user.save()
    partner.is_active = credential != "inactive partner"
    partner.is_sandbox = credential == "sandbox"
    partner.save()


@pytest.mark.parametrize("credential", TOKEN_STATUS)
@pytest.mark.parametrize("endpoint", BY_TOKEN)
def test_a_token_endpoint(
    endpoint: str, credential: str, user: User, rival: NewPartner, client: Client
) -> None:
    token = token_for(credential, user, rival)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    assert BY_TOKEN[endpoint](client, headers).status_code == TOKEN_STATUS[credential]


@pytest.mark.parametrize("credential", KEY_STATUS)
@pytest.mark.parametrize("endpoint", BY_KEY)
def test_a_key_endpoint(
    endpoint: str, credential: str, user: User, acme: NewPartner, rival: NewPartner
) -> None:
    key = key_for(credential, acme, rival)
    expected = KEY_STATUS[credential]
    if credential == "foreign":
        expected = FOREIGN_STATUS.get(endpoint, expected)
    assert BY_KEY[endpoint](Client(), {"X-API-Key": key} if key else {}).status_code == expected


@pytest.mark.parametrize("endpoint", OPEN)
def test_an_open_endpoint(endpoint: str, user: User, client: Client) -> None:
    assert OPEN[endpoint](client, {}).status_code == 200


@pytest.mark.parametrize("endpoint", ALWAYS)
def test_an_endpoint_with_an_answer_for_everybody(
    endpoint: str, user: User, acme: NewPartner, client: Client
) -> None:
    call, status = ALWAYS[endpoint]
    headers = {"Authorization": f"Bearer {pair_for(user)['access']}", "X-API-Key": acme.api_key}
    assert call(client, headers).status_code == status


@pytest.mark.parametrize(("username", "status"), [("inactive", 401), ("orphan", 401)])
def test_nobody_inactive_gets_a_token(username: str, status: int, rival: NewPartner, client: Client) -> None:
    rival.partner.is_active = False
    rival.partner.save()
    User.objects.create_user("inactive", password=PASSWORD, is_active=False)
    User.objects.create_user("orphan", password=PASSWORD, partner=rival.partner)
    call = post("/token/", {"username": username, "password": PASSWORD})
    assert call(client, {}).status_code == status


def test_a_stranger_cannot_tell_a_foreign_reference_from_none(
    user: User, rival: NewPartner, client: Client
) -> None:
    headers = {"X-API-Key": rival.api_key}
    foreign = BY_KEY["tracking"](client, headers)
    absent = get(f"{API}/claim/tracking/?ReferenceID=NOBODYS")(client, headers)
    assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content)
