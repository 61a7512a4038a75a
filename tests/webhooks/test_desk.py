"""Webhooks on the desk: who sees them, and what staff can do."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from outbox.models import Message
from outbox.worker import run_due
from tests.support.staff import at_desk
from tests.webhooks.receiver import Receiver, answering
from webhooks.models import Webhook


@pytest.fixture
def failed(hooks: APIClient, hook: dict[str, Any], sink: Receiver) -> Webhook:
    """A webhook with one delivery given up."""
    sink.answer = answering(500, body=b"our stack trace")
    hooks.post(f"/api/warrantify/webhooks/{hook['webhook_id']}/test/")
    run_due()
    Message.objects.update(state="failed")
    return Webhook.objects.get()


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:webhooks_webhook_{name}", args=args)


@pytest.mark.parametrize("group", ["Partner managers", "Auditors", "Operations"])
def test_list_and_log_are_shown(group: str, failed: Webhook) -> None:
    desk = at_desk(group)
    assert failed.webhook_id in desk.get(url("changelist")).text
    page = desk.get(url("change", failed.pk)).text
    assert "our stack trace" in page
    assert "webhook.test" in page


@pytest.mark.parametrize("name", ["suspend", "resume", "replay"])
def test_auditors_only_look(name: str, failed: Webhook) -> None:
    desk = at_desk("Auditors")
    assert desk.post(url(name, failed.pk)).status_code == 403
    assert "Replay" not in desk.get(url("change", failed.pk)).text


def test_a_partner_manager_suspends_and_resumes(failed: Webhook) -> None:
    desk = at_desk("Partner managers")
    desk.post(url("suspend", failed.pk), {"reason": "Asked for by phone"})
    failed.refresh_from_db()
    assert (failed.state, failed.state_reason) == ("suspended", "Asked for by phone")
    desk.post(url("resume", failed.pk))
    failed.refresh_from_db()
    assert (failed.state, failed.state_reason) == ("enabled", "")


def test_a_partner_manager_replays_what_failed(failed: Webhook) -> None:
    at_desk("Partner managers").post(url("replay", failed.pk))
    assert Message.objects.get().state == "pending"


def test_the_partners_page_lists_its_webhooks(failed: Webhook) -> None:
    page = at_desk("Partner managers").get(reverse("admin:partners_partner_change", args=[failed.partner_id]))
    assert failed.webhook_id in page.text


def test_the_dashboard_counts_failing_and_suspended(failed: Webhook) -> None:
    page = at_desk(None).get(reverse("admin:index"))
    assert (page.context["webhooks"]["failing"], page.context["webhooks"]["suspended"]) == (1, 0)


def test_a_dead_letter_is_sent_again_from_the_outbox(failed: Webhook) -> None:
    desk: Client = at_desk("Operations")
    chosen = {"action": "send_again", "_selected_action": [Message.objects.get().pk]}
    desk.post(reverse("admin:outbox_message_changelist"), chosen)
    assert Message.objects.get().state == "pending"


@pytest.mark.parametrize("name", ["suspend", "resume", "replay"])
def test_an_actions_address_leads_to_the_webhooks_page(name: str, failed: Webhook) -> None:
    answer = at_desk("Partner managers").get(url(name, failed.pk))
    assert answer["Location"] == url("change", failed.pk)


@pytest.mark.parametrize(("name", "field"), [("suspend", "reason"), ("replay", "event_id")])
def test_a_null_character_is_no_fault_of_the_server(name: str, field: str, failed: Webhook) -> None:
    answer = at_desk("Partner managers").post(url(name, failed.pk), {field: "a\0b"})
    assert answer.status_code == 302


@pytest.mark.django_db
def test_a_number_that_no_row_has_is_not_found() -> None:
    assert at_desk("Auditors").get(url("change", "9" * 4400)).status_code == 404


@pytest.mark.parametrize("name", ["suspend", "resume", "replay"])
def test_a_button_pressed_twice_acts_once(name: str, failed: Webhook) -> None:
    desk, form = at_desk(None), {"once": "one-press-of-a-button"}

    desk.post(url(name, failed.pk), form)
    again = desk.post(url(name, failed.pk), form, follow=True)

    assert "had been sent before" in again.text
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("name", ["suspend", "resume", "replay"])
def test_a_button_without_its_token_does_nothing(name: str, failed: Webhook) -> None:
    page = at_desk(None).post(url(name, failed.pk), {"once": ""}, follow=True)

    assert "This form was incomplete, and nothing was recorded." in page.text
    assert not LogEntry.objects.exists()
