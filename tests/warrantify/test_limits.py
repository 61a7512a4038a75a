"""Rate limits, through the views and against a real Redis."""

import math
import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from partners.services import NewPartner, create_partner
from tests.conftest import PASSWORD
from tests.support.processes import listens
from tests.support.required import need
from warrantify.checks import check_settings
from warrantify.http import limits
from warrantify.http.limits import LimitedView, Window
from warrantify.http.rates import Rate, parse_rate

REDIS = "redis://127.0.0.1:6379/9"


def limited(settings: Settings, **rates: str) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, **rates}


def log_in(client: Client, username: str = "acme", password: str = PASSWORD, **extra: Any) -> Any:
    body = {"username": username, "password": password}
    return client.post("/api/warrantify/token/", body, content_type="application/json", **extra)


def order(client: Client, token: str) -> Any:
    return client.post(
        "/api/warrantify/repair/single-order/",
        {},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.mark.parametrize(("text", "rate"), [("600/min", Rate(600, 60)), ("1/s", Rate(1, 1)), ("0", None)])
def test_a_rate_is_a_number_and_a_period(text: str, rate: Rate | None) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "600", "min", "-1/min", "0/min", "6 / min", "6/fortnight"])
def test_an_unreadable_rate_is_a_check_that_names_it(settings: Settings, text: str) -> None:
    limited(settings, orders=text)
    [fault] = check_settings(None)
    assert fault.id == "warrantify.E020"
    assert "RATE_LIMIT_ORDERS" in fault.msg


def test_without_limits_no_answer_speaks_of_one(client: Client, acme: NewPartner) -> None:
    answer = log_in(client)
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("RateLimit")]


def test_orders_past_the_limit_are_429(client: Client, acme: NewPartner, settings: Settings) -> None:
    token = log_in(client).json()["access"]
    limited(settings, orders="2/day")
    answers = [order(client, token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"2"}
    assert answers[2].json()["Message"] == "Too many requests"
    assert answers[2].headers["Retry-After"] == answers[2].headers["RateLimit-Reset"]


def test_each_partner_has_its_own_limit(client: Client, acme: NewPartner, settings: Settings) -> None:
    create_partner("Other", "it@other.example", "other", PASSWORD)
    tokens = [log_in(client, name).json()["access"] for name in ("acme", "other")]
    limited(settings, orders="1/day")
    assert [order(client, token).status_code for token in tokens] == [400, 400]


def test_login_is_limited_by_user_name_and_address(
    client: Client, acme: NewPartner, settings: Settings
) -> None:
    limited(settings, login="1/day")
    assert log_in(client, password="wrong").status_code == 401
    assert log_in(client).status_code == 429
    assert log_in(client, "somebody").status_code == 401
    assert log_in(client, REMOTE_ADDR="10.0.0.9").status_code == 200


def test_login_is_limited_by_address(client: Client, acme: NewPartner, settings: Settings) -> None:
    limited(settings, login_ip="2/day")
    assert [log_in(client, name).status_code for name in "abc"] == [401, 401, 429]


def test_behind_our_proxy_the_address_is_the_one_it_noted(
    client: Client, acme: NewPartner, settings: Settings
) -> None:
    limited(settings, login_ip="1/day")
    settings.TRUSTED_PROXIES = 1
    said = ["6.6.6.6, 10.0.0.1", "7.7.7.7, 10.0.0.1", "10.0.0.2"]
    answers = [log_in(client, headers={"X-Forwarded-For": each}).status_code for each in said]
    assert answers == [200, 429, 200]


class Unchanged(LimitedView):
    authentication_classes = []

    def limits(self, request: Request) -> list[tuple[str, str]]:
        return [("tracking", "somebody")]

    def get(self, request: Request) -> Response:
        return Response(status=304)


def test_a_304_costs_nothing(settings: Settings) -> None:
    limited(settings, tracking="1/day")
    answers = [Unchanged.as_view()(APIRequestFactory().get("/")) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [304] * 5
    assert answers[4].headers["RateLimit-Remaining"] == "1"


def test_threads_share_exactly_the_allowed_number() -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: Window("orders", "me", Rate(50, 86400)).take(), range(200)))
    assert taken.count(True) == 50


def test_a_refused_request_uses_nothing_up() -> None:
    first, second, third = (Window("orders", "me", Rate(1, 86400)) for _ in range(3))
    assert first.take()
    assert not second.take()
    first.give_back()
    assert third.take()


def in_a_process(cache_url: str, caller: str, times: int) -> str:
    """How often `take` said yes, in a process of its own with that cache."""
    script = (
        "import django; django.setup()\n"
        "from warrantify.http.limits import Rate, Window\n"
        f"windows = [Window('orders', {caller!r}, Rate(50, 86400)) for _ in range({times})]\n"
        "print(sum(window.take() for window in windows))"
    )
    secrets = {
        name: f"test-only-{name}-0123456789-0123456789"
        for name in ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET")
    }
    environment = {
        **os.environ, **secrets, "CACHE_URL": cache_url, "DJANGO_SETTINGS_MODULE": "warrantify.settings"
    }  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_processes_share_a_limit_through_redis() -> None:
    need("REDIS", listens(6379), "start redis-server on 127.0.0.1:6379")
    caller = uuid.uuid4().hex
    with ThreadPoolExecutor(3) as pool:
        taken = list(pool.map(lambda _: in_a_process(REDIS, caller, 40), range(3)))
    assert sum(map(int, taken)) == 50


def test_with_redis_away_requests_pass() -> None:
    assert in_a_process("redis://127.0.0.1:1/0", "me", 60) == "60"


def test_with_redis_away_the_log_says_so_once_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "incr", lambda *args, **kwargs: None)  # as django-redis then does
    monkeypatch.setattr(limits, "_last_warning", -math.inf)
    for _ in range(20):
        assert Window("orders", "me", Rate(1, 60)).take()
    assert [record.getMessage() for record in caplog.records if record.name == limits.__name__] == [
        "Rate limits are off: the cache does not count (no answer)"
    ]
