"""Who guesses passwords has to wait."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from partners import logins
from partners.models import FailedLogin, User
from partners.services import NewPartner
from tests.conftest import PASSWORD
from tests.support.service import manage, service_environ
from tests.support.staff import at_desk

TOKEN = "/api/warrantify/token/"
DESK = "/admin/account/login/"


@pytest.fixture(autouse=True)
def _three_tries(settings: LazySettings) -> None:
    settings.LOGIN_FAILURE_LIMIT = 3


def log_in(api: APIClient, password: str, username: str = "acme", **extra: Any) -> int:
    credentials = {"username": username, "password": password}
    return int(api.post(TOKEN, credentials, format="json", **extra).status_code)


def test_guessing_at_token_is_429_with_a_time_to_wait(acme: NewPartner, api: APIClient) -> None:
    assert [log_in(api, "wrong") for _ in range(3)] == [401, 401, 429]
    answer = api.post(TOKEN, {"username": "acme", "password": PASSWORD}, format="json")
    assert (answer.status_code, answer.json()["Message"]) == (429, "Too many requests")
    assert 890 <= int(answer.headers["Retry-After"]) <= 900


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
    form = {"login": "chief", "password": "wrong"}
    assert [client.post(DESK, form).status_code for _ in range(3)][-1] == 429
    assert client.post(DESK, {**form, "password": PASSWORD}).status_code == 429


def test_an_unknown_username_is_locked_like_a_known_one(db: None, api: APIClient) -> None:
    assert [log_in(api, "wrong", "nobody") for _ in range(3)] == [401, 401, 429]


def test_however_often_a_failure_is_one_row_without_what_was_sent(acme: NewPartner, api: APIClient) -> None:
    for _ in range(5):
        log_in(api, "a-secret-typed-wrong")
    [row] = FailedLogin.objects.values("username", "address", "failures", "door")
    assert row == {"username": "acme", "address": "127.0.0.1", "failures": 3, "door": "token"}


def test_a_lock_out_ends(acme: NewPartner, api: APIClient, settings: LazySettings) -> None:
    for _ in range(3):
        log_in(api, "wrong")
    FailedLogin.objects.update(last_at=timezone.now() - timedelta(minutes=15))
    assert [log_in(api, "wrong"), log_in(api, PASSWORD)] == [401, 200]


def test_an_ipv6_subscriber_is_one_address(acme: NewPartner, api: APIClient) -> None:
    tries = [log_in(api, "wrong", REMOTE_ADDR=f"2001:db8::{number}") for number in range(1, 4)]
    assert tries == [401, 401, 429]


@pytest.mark.parametrize(("limit", "tries"), [("login", ["chief"] * 3), ("login_ip", ["a", "b", "c"])])
def test_the_desk_has_the_limits_of_token(
    db: None, client: Client, settings: LazySettings, limit: str, tries: list[str]
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, limit: "2/day"}
    answers = [client.post(DESK, {"login": name, "password": "x"}) for name in tries]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_log_ins_are_limited_without_being_asked_to(tmp_path: Path) -> None:
    environ = service_environ("sqlite:///:memory:", tmp_path)
    del environ["RATE_LIMIT_LOGIN"], environ["RATE_LIMIT_LOGIN_IP"]
    script = "from django.conf import settings as s; print(s.RATE_LIMITS['login'], s.RATE_LIMITS['login_ip'])"
    assert manage(environ, "shell", "--no-imports", "--command", script).stdout == "30/min 120/min\n"


def test_while_two_compute_hashes_a_third_is_told_to_come_back(acme: NewPartner, api: APIClient) -> None:
    with logins._places, logins._places:
        answer = api.post(TOKEN, {"username": "acme", "password": PASSWORD}, format="json")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert log_in(api, PASSWORD) == 200


def test_staff_see_and_a_superuser_forgives_failed_log_ins(acme: NewPartner, api: APIClient) -> None:
    for _ in range(3):
        log_in(api, "wrong")
    assert "127.0.0.1" in at_desk("Auditors").get(reverse("admin:partners_failedlogin_changelist")).text
    url = reverse("admin:partners_failedlogin_delete", args=[FailedLogin.objects.get().pk])
    at_desk(None).post(url, {"post": "yes"})
    assert log_in(api, PASSWORD) == 200


def test_unlock_lets_a_user_in_again(acme: NewPartner, api: APIClient) -> None:
    for _ in range(3):
        log_in(api, "wrong")
    call_command("unlock", "acme")
    assert log_in(api, PASSWORD) == 200
