"""OpenID Connect against a provider over HTTP."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import oidc_provider_mock
import pytest
import requests
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from desk.accounts.adapters import SingleSignOnAdapter
from partners.models import User
from tests.conftest import PASSWORD
from tests.support.staff import staff

MAP = {"repair-ops": "Operations", "repair-audit": "Auditors", "repair-admins": "superuser"}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The issuer's address."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def _single_sign_on(settings: LazySettings, provider: str, db: None) -> None:
    settings.OIDC_ISSUER, settings.OIDC_GROUP_MAP = provider, MAP
    app = {
        "provider_id": "staff",
        "name": "single sign-on",
        "client_id": "desk",
        "secret": "secret",
        "settings": {"server_url": provider, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


def set_claims(provider: str, subject: str, **claims: Any) -> None:
    answer = requests.put(f"{provider}/users/{subject}", json=claims, timeout=5)
    assert answer.ok, answer.text


def consent(client: Client, subject: str) -> str:
    """Begins at the desk, logs in at the provider; returns the address that it sends the browser to."""
    asked = client.get(reverse("openid_connect_login", args=["staff"]))
    granted = requests.post(
        asked.headers["Location"], data={"sub": subject}, allow_redirects=False, timeout=5
    )
    return granted.headers["Location"]


def sign_on(client: Client, subject: str = "asha", **claims: Any) -> int:
    """The status of the desk's first page after the whole way."""
    provider = client_provider(client)
    set_claims(provider, subject, **claims)
    client.get(consent(client, subject))
    return client.get("/admin/").status_code


def client_provider(client: Client) -> str:
    asked = client.get(reverse("openid_connect_login", args=["staff"]))
    parts = urlsplit(asked.headers["Location"])
    return f"{parts.scheme}://{parts.netloc}"


def groups_of(subject: str = "asha") -> set[str]:
    return set(User.objects.get(username=subject).groups.values_list("name", flat=True))


ASHA: dict[str, Any] = {
    "preferred_username": "asha",
    "email": "asha@example.com",
    "groups": ["repair-ops", "canteen"],
}


def test_the_first_log_in_creates_the_user_with_its_groups(client: Client) -> None:
    assert sign_on(client, **ASHA) == 200
    user = User.objects.get(username="asha")
    assert (user.is_staff, user.is_superuser, user.has_usable_password()) == (True, False, False)
    assert groups_of() == {"Operations"}


def test_groups_are_given_and_taken_at_every_log_in(client: Client) -> None:
    sign_on(client, **ASHA)
    for names, expected in (
        (["repair-audit"], {"Auditors"}),
        (["repair-admins"], set()),
        (["repair-ops"], {"Operations"}),
    ):
        assert sign_on(Client(), **{**ASHA, "groups": names}) == 200
        assert groups_of() == expected
        assert User.objects.get(username="asha").is_superuser is (names == ["repair-admins"])


def test_who_left_all_groups_loses_everything(client: Client) -> None:
    sign_on(client, **ASHA)
    assert sign_on(Client(), **{**ASHA, "groups": ["canteen"]}) == 302
    assert not User.objects.get(username="asha").is_staff
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("groups", [[], ["canteen"], None, "canteen", [1], {"repair-ops": 1}])
def test_nobody_comes_in_without_a_group(client: Client, groups: Any) -> None:
    assert sign_on(client, **{**ASHA, "groups": groups}) == 302
    assert not User.objects.filter(username="asha").exists()


def test_an_account_of_the_same_name_is_another_ones(client: Client) -> None:
    local = User.objects.create_superuser("asha", "asha@example.com", PASSWORD)
    assert sign_on(client, **ASHA) == 200
    assert client.session["_auth_user_id"] != str(local.pk)


def test_another_issuer_is_refused(client: Client, settings: LazySettings) -> None:
    settings.OIDC_ISSUER = "https://login.example.com"
    assert sign_on(client, **ASHA) == 302
    assert not User.objects.exists()


class Meddling(requests.Session):
    """Changes the ID token on its way."""

    claims: dict[str, Any]

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        answer = super().send(*args, **kwargs)
        if "id_token" in answer.text and answer.request.method == "POST":
            body = answer.json()
            payload = jwt.decode(body["id_token"], options={"verify_signature": False})
            body["id_token"] = jwt.encode({**payload, **self.claims}, "x" * 32, headers={"kid": "x"})
            answer.json = lambda **_: body  # type: ignore[method-assign]
        return answer


@pytest.mark.parametrize(
    "claims", [{"aud": "another-client"}, {"iss": "https://evil.example"}, {"exp": 1_000_000_000}]
)
def test_a_token_for_somebody_else_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any]
) -> None:
    session = type("Session", (Meddling,), {"claims": claims})
    monkeypatch.setattr(SingleSignOnAdapter, "get_requests_session", lambda self: session())
    assert sign_on(client, **ASHA) == 302
    assert not User.objects.exists()


def test_the_same_answer_with_nothing_changed_is_accepted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = type("Session", (Meddling,), {"claims": {}})
    monkeypatch.setattr(SingleSignOnAdapter, "get_requests_session", lambda self: session())
    assert sign_on(client, **ASHA) == 200


def test_a_state_works_once_and_in_its_own_browser(client: Client, provider: str) -> None:
    set_claims(provider, "asha", **ASHA)
    callback = consent(client, "asha")
    stranger = Client()
    stranger.get(callback)
    assert stranger.get("/admin/").status_code == 302
    client.get(callback)
    assert client.get("/admin/").status_code == 200
    client.logout()
    client.get(callback)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "query", ["", "?state=x", "?state=x&code=y", "?error=access_denied&state=x", "?code=%ff"]
)
def test_an_odd_callback_is_no_fault(client: Client, query: str) -> None:
    client.raise_request_exception = False
    answer = client.get(reverse("openid_connect_callback", args=["staff"]) + query)
    assert answer.status_code < 500


def test_a_provider_that_is_away_is_no_fault(client: Client, settings: LazySettings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        "http://127.0.0.1:1"
    )
    client.raise_request_exception = False
    answer = client.get(reverse("openid_connect_login", args=["staff"]))
    assert (answer.status_code, "does not answer" in answer.text) == (503, True)


def test_an_unknown_provider_is_404(client: Client) -> None:
    assert client.get(reverse("openid_connect_login", args=["other"])).status_code == 404


def test_the_log_in_page_offers_single_sign_on(client: Client) -> None:
    page = client.get(reverse("account_login")).text
    assert reverse("openid_connect_login", args=["staff"]) in page
    assert "password" in page


def test_with_single_sign_on_only_passwords_are_refused(client: Client, settings: LazySettings) -> None:
    settings.OIDC_ONLY = True
    staff("Operations")
    assert 'type="password"' not in client.get(reverse("account_login")).text
    client.post(reverse("account_login"), {"login": "operations", "password": PASSWORD})
    assert client.get("/admin/").status_code == 302
    assert sign_on(client, **ASHA) == 200


def test_a_provider_asks_for_its_own_second_factor(client: Client, settings: LazySettings) -> None:
    settings.STAFF_MFA = "required"
    assert sign_on(client, **ASHA) == 200


def test_beginning_to_sign_on_counts_for_the_address(client: Client, settings: LazySettings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_ip": "2/day"}
    url = reverse("openid_connect_login", args=["staff"])
    assert [client.get(url).status_code for _ in range(3)] == [302, 302, 429]


def test_the_request_carries_state_and_a_proof_key(client: Client) -> None:
    asked = client.get(reverse("openid_connect_login", args=["staff"]))
    query = parse_qs(urlsplit(asked.headers["Location"]).query)
    assert {"state", "code_challenge"} <= set(query)
    assert query["code_challenge_method"] == ["S256"]
