"""Addresses behind proxies, the admin's networks, and what a browser is told."""

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory
from django.urls import reverse

from warrantify.http.network import client_ip


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "192.0.2.1", "127.0.0.1"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "10.0.0.1, 192.0.2.1", "192.0.2.1"),
        (2, "10.0.0.1, 192.0.2.1, 192.0.2.9", "192.0.2.1"),
        (1, "", "127.0.0.1"),
        (1, "nonsense", "127.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_what_our_outermost_proxy_saw(
    settings: LazySettings, proxies: int, forwarded: str, seen: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert client_ip(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)) == seen


@pytest.mark.parametrize(("address", "status"), [("10.1.2.3", 302), ("192.0.2.1", 404), ("::1", 404)])
def test_the_admin_opens_to_its_networks_only(
    settings: LazySettings, client: Client, address: str, status: int
) -> None:
    settings.ADMIN_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    assert client.get("/admin/", REMOTE_ADDR=address).status_code == status


def test_the_api_is_open_to_other_networks(settings: LazySettings, client: Client) -> None:
    settings.ADMIN_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    assert client.get("/healthz", REMOTE_ADDR="192.0.2.1").status_code == 200


def test_pages_say_what_they_may_load(db: None, client: Client) -> None:
    headers = client.get("/admin/account/login/").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "may"),
    [("admin/account/login/", True), ("api/warrantify/guide", False), ("api/warrantify/docs", False)],
)
def test_only_the_admin_may_compile_scripts(db: None, client: Client, path: str, may: bool) -> None:
    policy = client.get(f"/{path}").headers["Content-Security-Policy"]
    assert ("'unsafe-eval'" in policy) is may


def test_the_session_cookie_is_out_of_reach_for_scripts(settings: LazySettings) -> None:
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY


def test_health_is_asked_by_any_name(client: Client) -> None:
    assert client.get("/healthz", HTTP_HOST="10.0.0.7:8000").status_code == 200


@pytest.mark.parametrize("path", ["/admin/", "/admin", "/admin/account/login/", "/admin/nothing/"])
def test_to_other_networks_the_desk_is_any_unknown_path(
    db: None, settings: LazySettings, client: Client, path: str
) -> None:
    settings.ADMIN_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    desk, unknown = (client.get(each, headers={"X-Request-ID": "12345678"}) for each in (path, "/nothing/"))
    assert (desk.status_code, desk.text, desk.headers) == (404, unknown.text, unknown.headers)


def test_public_pages_know_nothing_of_the_desk(client: Client) -> None:
    pages = [client.get(path).text for path in ("/", "/nothing", "/api/warrantify/guide/")]
    assert not [page for page in pages if "/admin" in page or "desk" in page.lower()]


def test_the_first_page_leads_to_guide_explorer_and_schema(client: Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    for name in ("guide", "docs", "schema"):
        assert f'href="{reverse(name)}"' in page.text


def test_a_missing_page_of_the_desk_leads_back_to_it(admin_client: Client) -> None:
    assert f'href="{reverse("admin:index")}"' in admin_client.get("/admin/repairs/nothing/").text
