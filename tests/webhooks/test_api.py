"""The calls of docs/contract.md section 8: bodies, codes, refusals."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from outbox.models import Message
from partners.services import NewPartner
from tests.webhooks.receiver import Receiver
from webhooks.models import Webhook

URL = "/api/warrantify/webhooks/"
GOOD = "https://hooks.acme.example/in"


def post(client: APIClient, path: str, body: Any = None) -> Any:
    return client.post(URL + path, body, format="json")


def refused(answer: Any, status: int, message: str) -> bool:
    body = answer.json()
    return (answer.status_code, body["Success"], body["Status_code"], body["Message"]) == (
        status,
        "False",
        str(status),
        message,
    )


def test_a_new_webhook_shows_its_secret_once(hooks: APIClient) -> None:
    answer = post(hooks, "", {"url": GOOD, "description": " Orders "}).json()
    data = answer["DATA"]
    assert (answer["Success"], answer["Status_code"], answer["Message"]) == (
        "True",
        "200",
        "Webhook created",
    )
    assert data.pop("secret").startswith("whsec_")
    shown = hooks.get(f"{URL}{data['webhook_id']}/").json()
    assert shown == {"Success": "True", "Status_code": "200", "DATA": data}
    assert data == {
        "webhook_id": data["webhook_id"],
        "url": GOOD,
        "events": ["tracking.updated", "estimate.updated", "webhook.test"],
        "description": "Orders",
        "state": "enabled",
        "state_reason": None,
        "created": data["created"],
        "failing_since": None,
    }


def test_the_secret_is_encrypted_in_the_database(hook: dict[str, Any]) -> None:
    assert hook["secret"] not in Webhook.objects.get().secret


def test_webhooks_are_listed_oldest_first(hooks: APIClient) -> None:
    made = [post(hooks, "", {"url": f"{GOOD}{n}"}).json()["DATA"]["webhook_id"] for n in range(3)]
    assert [each["webhook_id"] for each in hooks.get(URL).json()["DATA"]] == made


def test_paths_answer_without_the_slash(hooks: APIClient, hook: dict[str, Any]) -> None:
    assert hooks.get(f"/api/warrantify/webhooks/{hook['webhook_id']}").status_code == 200
    assert hooks.post(f"/api/warrantify/webhooks/{hook['webhook_id']}/test").status_code == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing required fields"),
        ({"url": " "}, "Missing required fields"),
        ({"url": "http://hooks.acme.example/"}, "Invalid webhook URL"),
        ({"url": 5}, "Invalid webhook URL"),
        ({"url": ["x"]}, "Invalid webhook URL"),
        ({"url": GOOD + "x" * 500}, "Invalid webhook URL"),
        ({"url": GOOD, "events": []}, "Invalid events"),
        ({"url": GOOD, "events": "tracking.updated"}, "Invalid events"),
        ({"url": GOOD, "events": ["order.created"]}, "Invalid events"),
        ({"url": GOOD, "events": [1]}, "Invalid events"),
        ({"url": GOOD, "description": True}, "Invalid request data"),
        ({"url": "ftp://x", "events": []}, "Invalid webhook URL"),
    ],
)
def test_a_bad_webhook_is_refused(hooks: APIClient, settings: Any, body: Any, message: str) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    answer = post(hooks, "", body)
    assert refused(answer, 400, message)
    assert answer.json()["Errors"]
    assert not Webhook.objects.exists()


def test_an_eleventh_webhook_is_refused(hooks: APIClient) -> None:
    for number in range(10):
        assert post(hooks, "", {"url": f"{GOOD}{number}"}).status_code == 200
    assert refused(post(hooks, "", {"url": GOOD}), 400, "The number of webhooks cannot exceed 10")


def test_a_webhook_is_changed(hooks: APIClient, hook: dict[str, Any]) -> None:
    change = {"url": GOOD, "events": ["estimate.updated"], "description": "x", "state": "disabled"}
    answer = hooks.patch(f"{URL}{hook['webhook_id']}/", change, format="json").json()
    assert answer["Message"] == "Webhook updated"
    assert {name: answer["DATA"][name] for name in change} == change


@pytest.mark.parametrize("state", ["suspended", "", None, 1, "Enabled"])
def test_other_states_are_refused(hooks: APIClient, hook: dict[str, Any], state: Any) -> None:
    answer = hooks.patch(f"{URL}{hook['webhook_id']}/", {"state": state}, format="json")
    assert refused(answer, 400, "Invalid state")


def test_a_deleted_webhook_sends_nothing_more(hooks: APIClient, hook: dict[str, Any], sink: Receiver) -> None:
    post(hooks, f"{hook['webhook_id']}/test/")
    answer = hooks.delete(f"{URL}{hook['webhook_id']}/").json()
    assert answer == {"Success": "True", "Status_code": "200", "Message": "Webhook deleted"}
    assert not Message.objects.exists()
    assert refused(hooks.get(f"{URL}{hook['webhook_id']}/"), 404, "Webhook does not exist")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("patch", ""),
        ("delete", ""),
        ("post", "secret/"),
        ("post", "test/"),
        ("get", "deliveries/"),
        ("post", "replay/"),
    ],
)
def test_anothers_webhook_does_not_exist(
    hook: dict[str, Any], rival: NewPartner, method: str, path: str
) -> None:
    client = APIClient(headers={"X-API-Key": rival.api_key})
    answer = getattr(client, method)(f"{URL}{hook['webhook_id']}/{path}", {}, format="json")
    assert refused(answer, 404, "Webhook does not exist")
    assert Webhook.objects.count() == 1


def test_the_key_comes_first(api: APIClient) -> None:
    assert refused(api.get(URL), 401, "Invalid or missing API key")


def test_other_methods_are_refused(hooks: APIClient) -> None:
    assert refused(hooks.delete(URL), 405, "Method not allowed")


def test_a_rotated_secret_is_another(hooks: APIClient, hook: dict[str, Any]) -> None:
    answer = post(hooks, f"{hook['webhook_id']}/secret/").json()
    assert answer["Message"] == "Secret rotated"
    assert answer["DATA"]["secret"].startswith("whsec_")
    assert answer["DATA"]["secret"] != hook["secret"]


def test_a_test_event_is_queued(hooks: APIClient, hook: dict[str, Any]) -> None:
    answer = post(hooks, f"{hook['webhook_id']}/test/").json()
    assert answer["Message"] == "Test event queued"
    [entry] = hooks.get(f"{URL}{hook['webhook_id']}/deliveries/").json()["DATA"]
    assert entry == {
        "event_id": answer["DATA"]["event_id"],
        "type": "webhook.test",
        "request_id": None,
        "sequence": None,
        "state": "pending",
        "attempts": 0,
        "next_attempt": entry["created"],
        "last_status": None,
        "last_error": None,
        "created": entry["created"],
        "delivered": None,
    }


def test_a_disabled_webhook_is_not_tested(hooks: APIClient, hook: dict[str, Any]) -> None:
    hooks.patch(f"{URL}{hook['webhook_id']}/", {"state": "disabled"}, format="json")
    assert refused(post(hooks, f"{hook['webhook_id']}/test/"), 400, "Webhook is not enabled")


def test_deliveries_come_a_hundred_a_page(hooks: APIClient, hook: dict[str, Any]) -> None:
    path = f"{hook['webhook_id']}/test/"
    sent = [post(hooks, path).json()["DATA"]["event_id"] for _ in range(101)]
    first = hooks.get(f"{URL}{hook['webhook_id']}/deliveries/").json()
    second = hooks.get(
        f"{URL}{hook['webhook_id']}/deliveries/", {"cursor": first["Next_Cursor"], "state": "pending"}
    ).json()
    assert [each["event_id"] for each in first["DATA"] + second["DATA"]] == sent[::-1]
    assert second["Next_Cursor"] is None


@pytest.mark.parametrize("query", [{"state": "sent"}, {"cursor": "x"}, {"cursor": "1:abc"}])
def test_a_wrong_state_or_cursor_is_refused(
    hooks: APIClient, hook: dict[str, Any], query: dict[str, str]
) -> None:
    answer = hooks.get(f"{URL}{hook['webhook_id']}/deliveries/", query)
    assert refused(answer, 400, "Invalid request data")


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "Missing required fields"),
        ({"event_id": "evt_0"}, 404, "Event does not exist"),
        ({"since": "yesterday"}, 400, "Invalid request data"),
        ({"since": "2026-01-01T00:00:00Z", "only_failed": "x"}, 400, "Invalid request data"),
    ],
)
def test_a_bad_replay_is_refused(
    hooks: APIClient, hook: dict[str, Any], body: Any, status: int, message: str
) -> None:
    assert refused(post(hooks, f"{hook['webhook_id']}/replay/", body), status, message)


@pytest.mark.parametrize("webhook_id", ["%00", "wh_%00", "x", "%ff", "wh_" + "0" * 24])
def test_an_id_that_no_webhook_has_is_unknown(hooks: APIClient, webhook_id: str) -> None:
    assert refused(hooks.get(f"{URL}{webhook_id}/"), 404, "Webhook does not exist")
