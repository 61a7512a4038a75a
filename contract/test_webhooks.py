"""Section 8: webhooks, as far as they are seen without a receiver."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from contract.answers import TIME, assert_refused
from contract.partner import Partner
from tests.support.http import Answer

URL = "https://hooks.example.com/contract"
MEMBERS = {"webhook_id", "url", "events", "description", "state", "state_reason", "created", "failing_since"}
UNKNOWN = "Webhook does not exist"


def call(partner: Partner, method: str, path: str, body: Any = None) -> Answer:
    key = partner.key
    if body is None:
        return partner.client.send(method, f"webhooks/{path}", key)
    if method == "POST":
        return partner.client.post_json(f"webhooks/{path}", body, key)
    headers = {**key, "Content-Type": "application/json"}
    return partner.client.send(method, f"webhooks/{path}", headers, json.dumps(body).encode())


@pytest.fixture
def hook(partner: Partner) -> Iterator[dict[str, Any]]:
    """A webhook that is deleted afterwards."""
    data: dict[str, Any] = call(partner, "POST", "", {"url": URL}).json["DATA"]
    yield data
    call(partner, "DELETE", f"{data['webhook_id']}/")


def test_a_webhook_is_created_shown_and_listed(partner: Partner, hook: dict[str, Any]) -> None:
    assert set(hook) == MEMBERS | {"secret"}
    assert re.fullmatch("wh_[0-9a-f]{24}", hook["webhook_id"])
    assert re.fullmatch("whsec_[A-Za-z0-9+/]{43}=", hook.pop("secret"))
    assert TIME.fullmatch(hook["created"])
    assert call(partner, "GET", f"{hook['webhook_id']}/").json["DATA"] == hook
    assert hook in call(partner, "GET", "").json["DATA"]


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        ({}, "Missing required fields", "url"),
        ({"url": "hooks.example.com"}, "Invalid webhook URL", "url"),
        ({"url": "https://user@hooks.example.com/"}, "Invalid webhook URL", "url"),
        ({"url": URL, "events": []}, "Invalid events", "events"),
        ({"url": URL, "events": ["order.created"]}, "Invalid events", "events"),
    ],
)
def test_a_bad_webhook_is_refused(partner: Partner, body: Any, message: str, field: str) -> None:
    assert_refused(call(partner, "POST", "", body), 400, message, field)


def test_a_webhook_is_disabled_and_enabled(partner: Partner, hook: dict[str, Any]) -> None:
    for state in ("disabled", "enabled"):
        answer = call(partner, "PATCH", f"{hook['webhook_id']}/", {"state": state}).json
        assert (answer["Message"], answer["DATA"]["state"]) == ("Webhook updated", state)
    refused = call(partner, "PATCH", f"{hook['webhook_id']}/", {"state": "suspended"})
    assert_refused(refused, 400, "Invalid state", "state")


def test_a_test_event_is_listed_among_the_deliveries(partner: Partner, hook: dict[str, Any]) -> None:
    queued = call(partner, "POST", f"{hook['webhook_id']}/test/").json
    assert queued["Message"] == "Test event queued"
    answer = call(partner, "GET", f"{hook['webhook_id']}/deliveries/").json
    [entry] = answer["DATA"]
    assert (entry["event_id"], entry["type"]) == (queued["DATA"]["event_id"], "webhook.test")
    assert answer["Next_Cursor"] is None


def test_a_disabled_webhook_is_not_tested(partner: Partner, hook: dict[str, Any]) -> None:
    call(partner, "PATCH", f"{hook['webhook_id']}/", {"state": "disabled"})
    assert_refused(call(partner, "POST", f"{hook['webhook_id']}/test/"), 400, "Webhook is not enabled")


def test_a_rotated_secret_is_new(partner: Partner, hook: dict[str, Any]) -> None:
    answer = call(partner, "POST", f"{hook['webhook_id']}/secret/").json
    assert answer["Message"] == "Secret rotated"
    assert answer["DATA"]["secret"] != hook["secret"]


@pytest.mark.parametrize("query", ["state=sent", "cursor=x"])
def test_a_wrong_state_or_cursor_is_refused(partner: Partner, hook: dict[str, Any], query: str) -> None:
    answer = call(partner, "GET", f"{hook['webhook_id']}/deliveries/?{query}")
    assert_refused(answer, 400, "Invalid request data", query.partition("=")[0])


def test_a_replay_needs_something_to_replay(partner: Partner, hook: dict[str, Any]) -> None:
    path = f"{hook['webhook_id']}/replay/"
    assert_refused(call(partner, "POST", path, {}), 400, "Missing required fields", "event_id", "since")
    unknown = call(partner, "POST", path, {"event_id": "evt_0"})
    assert_refused(unknown, 404, "Event does not exist")
    answer = call(partner, "POST", path, {"since": "2026-01-01T00:00:00Z"}).json
    assert (answer["Message"], answer["DATA"]) == ("0 events queued", {"count": 0})


def test_an_unknown_webhook_does_not_exist(partner: Partner) -> None:
    assert_refused(call(partner, "GET", "wh_000000000000000000000000/"), 404, UNKNOWN)


def test_the_key_comes_first(partner: Partner) -> None:
    assert_refused(partner.client.get("webhooks/"), 401, "Invalid or missing API key")
