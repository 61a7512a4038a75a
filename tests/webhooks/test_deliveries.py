"""Deliveries to a real receiver: what is sent, in which order, how often, and how failures go on."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient
from standardwebhooks.webhooks import Webhook as OfficialLibrary

from outbox.models import Destination, Message
from outbox.worker import run_due
from partners.models import User
from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.tracked_orders import ADMIN, make_order, workflow
from tests.webhooks.conftest import deliver_all
from tests.webhooks.receiver import Receiver, answering
from tracking import services
from tracking.services import Change
from webhooks import events, health, sandbox
from webhooks.delivery import WAITS, WebhookHandler, signing_secrets
from webhooks.models import Event, Webhook

URL = "/api/warrantify/webhooks/"
TRACKING = "/api/warrantify/claim/tracking/"


def test_a_status_is_pushed_as_a_poll_shows_it(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, order: RepairOrder
) -> None:
    services.start(order, workflow("technician"), source=ADMIN)
    run_due()
    poll = hooks.get(TRACKING, {"ReferenceID": order.request_id})
    [received] = sink.received
    assert received.json["type"] == "tracking.updated"
    assert received.json["data"] == {
        "request_id": order.request_id,
        "service_request_id": order.repair_ref_no,
        "sequence": 1,
        "etag": poll["ETag"],
        "tracking": poll.json()["DATA"],
    }


def test_the_signature_verifies_by_hand_and_with_the_official_library(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver
) -> None:
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    run_due()
    [received] = sink.received
    assert received.headers["content-type"] == "application/json"
    assert OfficialLibrary(hook["secret"]).verify(received.body, received.headers)["data"] == {
        "webhook_id": hook["webhook_id"]
    }
    key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
    signed = f"{received.event_id}.{received.headers['webhook-timestamp']}.".encode() + received.body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert received.headers["webhook-signature"] == f"v1,{expected}"


def test_for_a_day_the_old_secret_signs_too(hooks: APIClient, hook: dict[str, Any], sink: Receiver) -> None:
    new = hooks.post(f"{URL}{hook['webhook_id']}/secret/").json()["DATA"]["secret"]
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    run_due()
    Webhook.objects.update(previous_until=timezone.now())
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    run_due()
    both, alone = sink.received
    assert len(both.headers["webhook-signature"].split()) == 2
    for secret in (new, hook["secret"]):
        OfficialLibrary(secret).verify(both.body, both.headers)
    assert len(alone.headers["webhook-signature"].split()) == 1
    OfficialLibrary(new).verify(alone.body, alone.headers)


def test_each_change_is_one_event_and_sequences_count_on(
    hook: dict[str, Any], sink: Receiver, order: RepairOrder, admin_user: User
) -> None:
    services.apply(Change(order, "assigned"), source=ADMIN)  # starts too
    event = services.record(order, "accepted", source=ADMIN)
    services.void(event, by=admin_user, reason="x")
    services.change_workflow(order, workflow("no_part"), source=ADMIN)
    while deliver_all():
        pass
    assert [each.json["data"]["sequence"] for each in sink.received] == [1, 2, 3, 4]


def test_changes_before_the_first_webhook_count(hooks: APIClient, sink: Receiver, order: RepairOrder) -> None:
    services.start(order, workflow("technician"), source=ADMIN)
    hooks.post(URL, {"url": sink.url}, format="json")
    services.record(order, "assigned", source=ADMIN)
    run_due()
    assert [each.json["data"]["sequence"] for each in sink.received] == [2]


def test_a_refused_change_makes_no_event(hook: dict[str, Any], order: RepairOrder) -> None:
    with pytest.raises(services.TrackingError):
        services.record(order, "delivered", source=ADMIN)
    assert not Event.objects.exists()


def test_a_filter_leaves_events_out_but_not_tests(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, order: RepairOrder
) -> None:
    path = f"{URL}{hook['webhook_id']}/"
    hooks.patch(path, {"events": ["estimate.updated"]}, format="json")
    services.start(order, workflow("technician"), source=ADMIN)
    hooks.post(f"{path}test/")
    run_due()
    assert [each.json["type"] for each in sink.received] == ["webhook.test"]


def test_all_webhooks_of_the_partner_get_the_same_event(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, order: RepairOrder, rival: NewPartner
) -> None:
    hooks.post(URL, {"url": sink.url}, format="json")
    APIClient(headers={"X-API-Key": rival.api_key}).post(URL, {"url": sink.url}, format="json")
    services.start(order, workflow("technician"), source=ADMIN)
    run_due()
    first, second = sink.received
    assert (first.event_id, first.body) == (second.event_id, second.body)


def test_a_repeat_carries_the_same_id_and_body(
    hook: dict[str, Any], sink: Receiver, order: RepairOrder
) -> None:
    sink.answer = answering(500)
    services.start(order, workflow("technician"), source=ADMIN)
    run_due()
    sink.answer = answering(200)
    deliver_all()
    first, second = sink.received
    assert (first.event_id, first.body) == (second.event_id, second.body)
    assert Message.objects.get().state == "delivered"


def test_the_events_of_an_order_arrive_in_sequence(
    hook: dict[str, Any], sink: Receiver, order: RepairOrder
) -> None:
    services.start(order, workflow("technician"), source=ADMIN)
    services.record(order, "assigned", source=ADMIN)
    sink.answer = answering(500)
    run_due()
    sink.answer = answering(200)
    while deliver_all():
        pass
    assert [each.json["data"]["sequence"] for each in sink.received] == [1, 1, 2]


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500])
def test_anything_but_2xx_is_a_failure(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, status: int
) -> None:
    sink.answer = answering(status, {"Location": sink.url})
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    run_due()
    [entry] = hooks.get(f"{URL}{hook['webhook_id']}/deliveries/").json()["DATA"]
    assert (entry["state"], entry["attempts"], entry["last_status"]) == ("pending", 1, status)
    assert str(status) in entry["last_error"]
    assert len(sink.received) == 1


def test_an_answer_with_nul_is_noted(hooks: APIClient, hook: dict[str, Any], sink: Receiver) -> None:
    sink.answer = answering(200, body=b"o\0k")
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    run_due()
    assert Message.objects.get().state == "delivered"


def test_the_schedule_is_the_contracts_with_a_fifth_of_jitter() -> None:
    handler = WebhookHandler()
    for attempts, wait in enumerate(WAITS, 1):
        drawn = [handler.wait_after(attempts) for _ in range(200)]
        assert wait * 0.8 <= min(drawn) < wait < max(drawn) <= wait * 1.2
    assert sum(WAITS, timedelta()) == timedelta(days=3, hours=3, minutes=42, seconds=35)


def test_after_the_last_attempt_the_delivery_has_failed_and_the_next_goes(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver
) -> None:
    sink.answer = answering(500)
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    for _ in range(len(WAITS) + 3):
        deliver_all()
    assert len(sink.received) == len(WAITS) + 1
    assert Message.objects.get().state == "failed"


@pytest.mark.parametrize(("asked", "waits"), [("60", (59, 61)), ("7200", (3599, 3601)), ("0", (3, 7))])
def test_retry_after_is_obeyed_up_to_an_hour(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, asked: str, waits: tuple[int, int]
) -> None:
    sink.answer = answering(503, {"Retry-After": asked})
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    run_due()
    wait = (Message.objects.get().due_at - timezone.now()).total_seconds()
    assert waits[0] <= wait <= waits[1]


def test_410_suspends_at_once_with_a_mail(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, mailoutbox: list[Any]
) -> None:
    sink.answer = answering(410)
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    run_due()
    shown = hooks.get(f"{URL}{hook['webhook_id']}/").json()["DATA"]
    assert (shown["state"], shown["state_reason"]) == ("suspended", health.GONE)
    assert [mail.to for mail in mailoutbox] == [["acme@example.com"]]


def test_while_it_fails_only_the_oldest_event_is_tried(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver
) -> None:
    sink.answer = answering(500)
    for _ in range(4):
        hooks.post(f"{URL}{hook['webhook_id']}/test/")
    run_due()
    tried = set(sink.ids())
    deliver_all()
    deliver_all()
    assert set(sink.ids()) == tried
    untried = Message.objects.exclude(reference__in=tried)
    assert [each.attempts for each in untried] == [0, 0, 0]
    assert hooks.get(f"{URL}{hook['webhook_id']}/").json()["DATA"]["failing_since"] is not None


def test_failures_are_mailed_after_24_and_72_hours_and_suspended_after_120(
    hook: dict[str, Any], mailoutbox: list[Any]
) -> None:
    for hours in (23, 25, 26, 73, 74, 121, 122):
        Destination.objects.update(failing_since=timezone.now() - timedelta(hours=hours))
        health.check()
        run_due()
    assert [mail.subject.split()[-1] for mail in mailoutbox] == ["failing", "failing", "suspended"]
    assert Webhook.objects.get().state == "suspended"


def test_what_happens_while_disabled_waits_for_replay(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, order: RepairOrder
) -> None:
    path = f"{URL}{hook['webhook_id']}/"
    began = timezone.now()
    services.start(order, workflow("technician"), source=ADMIN)
    hooks.patch(path, {"state": "disabled"}, format="json")
    services.record(order, "assigned", source=ADMIN)
    deliver_all()
    assert sink.received == []
    hooks.patch(path, {"state": "enabled"}, format="json")
    deliver_all()
    assert [each.json["data"]["sequence"] for each in sink.received] == [1]
    answer = hooks.post(f"{path}replay/", {"since": began.isoformat(), "only_failed": True}, format="json")
    assert (answer.json()["Message"], answer.json()["DATA"]) == ("1 event queued", {"count": 1})
    deliver_all()
    assert [each.json["data"]["sequence"] for each in sink.received] == [1, 2]


def test_a_deactivated_partners_events_wait_until_it_is_active_again(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, acme: NewPartner
) -> None:
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    acme.partner.is_active = False
    acme.partner.save()
    assert deliver_all() == 0
    acme.partner.is_active = True
    acme.partner.save()
    assert deliver_all() == 1
    assert Message.objects.get().attempts == 1


def test_replay_sends_the_same_event_again(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, order: RepairOrder
) -> None:
    path = f"{URL}{hook['webhook_id']}/replay/"
    services.start(order, workflow("technician"), source=ADMIN)
    run_due()
    [event_id] = sink.ids()
    assert hooks.post(path, {"event_id": event_id}, format="json").json()["DATA"] == {"count": 1}
    assert hooks.post(path, {"event_id": event_id}, format="json").json()["Message"] == "0 events queued"
    run_due()
    assert sink.ids() == [event_id, event_id]


def test_events_of_over_30_days_ago_are_deleted(hooks: APIClient, hook: dict[str, Any]) -> None:
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    oldest = Event.objects.order_by("created_at")[0]
    Event.objects.filter(pk=oldest.pk).update(created_at=timezone.now() - timedelta(days=31))
    events.prune()
    assert Event.objects.count() == Message.objects.count() == 1


def test_an_unreadable_secret_is_said_and_rotation_helps(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver
) -> None:
    Webhook.objects.update(secret="gAAA")
    hooks.post(f"{URL}{hook['webhook_id']}/test/")
    run_due()
    assert "rotate" in Message.objects.get().error
    hooks.post(f"{URL}{hook['webhook_id']}/secret/")
    deliver_all()
    assert len(sink.received) == 1


def test_sandbox_orders_push_as_their_clock_moves(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, acme: NewPartner
) -> None:
    acme.partner.is_sandbox = True
    acme.partner.save()
    Webhook.objects.update(created_at=timezone.now() - timedelta(minutes=2, seconds=30))
    order = make_order(acme.partner, created_at=timezone.now() - timedelta(minutes=1, seconds=5))
    sandbox.push()
    sandbox.push()
    while deliver_all():
        pass
    poll = hooks.get(TRACKING, {"ReferenceID": order.request_id})
    assert [each.json["data"]["sequence"] for each in sink.received] == [1, 2]
    assert sink.received[-1].json["data"]["tracking"] == poll.json()["DATA"]
    assert sink.received[-1].json["data"]["etag"] == poll["ETag"]


def test_secrets_are_encrypted_anew_under_another_key(hook: dict[str, Any], settings: Any) -> None:
    settings.WEBHOOK_PREVIOUS_SECRETS_KEYS = [settings.WEBHOOK_SECRETS_KEY]
    settings.WEBHOOK_SECRETS_KEY = "another key, long enough to be one of those"
    call_command("reencrypt_webhook_secrets")
    settings.WEBHOOK_PREVIOUS_SECRETS_KEYS = []
    assert signing_secrets(Webhook.objects.get()) == [hook["secret"]]


def test_a_sandbox_estimate_is_pushed_with_its_decision(
    hooks: APIClient, hook: dict[str, Any], sink: Receiver, acme: NewPartner
) -> None:
    acme.partner.is_sandbox = True
    acme.partner.save()
    began = timezone.now() - timedelta(minutes=30)
    Webhook.objects.update(created_at=began - timedelta(minutes=1))
    order = make_order(acme.partner, created_at=began)
    decision = {
        "ReferenceID": order.request_id,
        "estimate_no": 1,
        "decision": "decline",
        "decided_by": "Asha Rao",
        "reason": "Too expensive",
    }
    assert hooks.post("/api/warrantify/claim/estimate/", decision, format="json").status_code == 200
    sandbox.push()
    sandbox.push()
    while deliver_all():
        pass
    pushed = [each.json for each in sink.received]
    assert [each["data"]["sequence"] for each in pushed] == list(range(1, len(pushed) + 1))
    states = [each["data"]["estimate"]["state"] for each in pushed if each["type"] == "estimate.updated"]
    assert states == ["raised", "awaiting_approval", "declined"]
    poll = hooks.get(TRACKING, {"ReferenceID": order.request_id})
    assert (pushed[-1]["data"]["tracking"], pushed[-1]["data"]["etag"]) == (poll.json()["DATA"], poll["ETag"])


def test_status_and_estimate_are_two_events_with_the_state_after_the_change(
    hook: dict[str, Any], sink: Receiver, order: RepairOrder
) -> None:
    call_command("raise_estimate", order.request_id, "--line", "part:Battery:1:2500")
    while deliver_all():
        pass
    first, second = (each.json for each in sink.received)
    assert (first["type"], second["type"]) == ("tracking.updated", "estimate.updated")
    assert (first["data"]["sequence"], second["data"]["sequence"]) == (1, 2)
    assert first["data"]["tracking"] == second["data"]["tracking"]
    assert second["data"]["estimate"]["total"] == "2950.00"
    assert "estimate" not in first["data"]


def test_a_batch_of_orders_is_an_event_each(hook: dict[str, Any], sink: Receiver, acme: NewPartner) -> None:
    orders = [make_order(acme.partner, f"R{n}") for n in range(5)]
    services.record_many([Change(order, "assigned") for order in orders], source=ADMIN)
    while deliver_all():
        pass
    assert sorted(each.json["data"]["request_id"] for each in sink.received) == sorted(
        order.request_id for order in orders
    )
