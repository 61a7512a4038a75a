"""Who guesses passwords has to wait."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from rest_framework.test import APIClient

from partners.models import User
from partners.services import NewPartner
from tests.conftest import PASSWORD

TOKEN = "/api/warrantify/token/"


@pytest.fixture(autouse=True)
def _three_tries(settings: LazySettings) -> None:
    settings.AXES_FAILURE_LIMIT = 3


def log_in(api: APIClient, password: str, username: str = "acme", **extra: Any) -> int:
    credentials = {"username": username, "password": password}
    return int(api.post(TOKEN, credentials, format="json", **extra).status_code)


def test_guessing_at_token_is_429_with_a_time_to_wait(acme: NewPartner, api: APIClient) -> None:
    assert [log_in(api, "wrong") for _ in range(3)] == [401, 401, 429]
    answer = api.post(TOKEN, {"username": "acme", "password": PASSWORD}, format="json")
    assert (answer.status_code, answer.json()["Message"]) == (429, "Too many requests")
    assert answer.headers["Retry-After"] == "900"


def test_the_lock_is_the_users_not_the_addresss(acme: NewPartner, rival: NewPartner, api: APIClient) -> None:
    for _ in range(3):
        log_in(api, "wrong")
    assert log_in(api, PASSWORD, "rival") == 200


def test_the_lock_is_the_addresss_not_the_users(acme: NewPartner, api: APIClient) -> None:
    for _ in range(3):
        log_in(api, "wrong", REMOTE_ADDR="192.0.2.1")
    assert log_in(api, PASSWORD, REMOTE_ADDR="192.0.2.2") == 200


def test_a_success_forgives_the_failures_before(acme: NewPartner, api: APIClient) -> None:
    assert [log_in(api, text) for text in ("wrong", "wrong", PASSWORD, "wrong", "wrong")] == [
        401,
        401,
        200,
        401,
        401,
    ]


def test_a_forged_forwarded_address_does_not_unlock(acme: NewPartner, api: APIClient) -> None:
    tries = [log_in(api, "wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}") for number in range(3)]
    assert tries[-1] == 429


def test_guessing_at_the_admin_is_429(db: None, client: Client) -> None:
    User.objects.create_superuser("chief", password=PASSWORD)
    form = {"username": "chief", "password": "wrong"}
    assert [client.post("/admin/login/", form).status_code for _ in range(3)][-1] == 429
    assert client.post("/admin/login/", {**form, "password": PASSWORD}).status_code == 429


def test_an_unknown_username_is_locked_like_a_known_one(db: None, api: APIClient) -> None:
    assert [log_in(api, "wrong", "nobody") for _ in range(3)] == [401, 401, 429]
