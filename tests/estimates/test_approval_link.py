"""The approval link: the mail that carries it, and the page behind it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from estimates import services
from estimates.models import ApprovalLink, Approver, Estimate
from outbox import worker
from outbox.models import Message
from partners.services import NewPartner
from tests.estimates.factory import make_estimate, raise_again
from tests.estimates.test_services import APPROVE
from tests.support.tracked_orders import ADMIN
from tracking import services as tracking_services

pytestmark = pytest.mark.django_db

NOBODY = "/estimate/there-is-no-such-token/"


@pytest.fixture
def waiting(acme: NewPartner) -> Estimate:
    """An estimate that waits for its customer, mailed."""
    services.set_approver(acme.partner, Approver.Kind.CUSTOMER)
    estimate = make_estimate(acme.partner)
    worker.run_due()
    return estimate


def path() -> str:
    """Where the link of the last mail leads."""
    found = re.search(r"http://127\.0\.0\.1:8000(/estimate/\S+/)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def decide(client: Client, **changes: str) -> HttpResponse:
    form = {"decided_by": "Asha Rao", "decision": "approve", "reason": "", **changes}
    return client.post(path(), form)  # type: ignore[return-value]


def test_nobody_gets_a_mail_unless_chosen(acme: NewPartner) -> None:
    make_estimate(acme.partner)
    assert not Message.objects.exists()


def test_the_customer_gets_a_mail_with_amount_device_and_link(waiting: Estimate) -> None:
    [sent] = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    assert sent.to == [waiting.order.customer_email]
    for text in ("Acme", "INR 2,950.00", "Dell XPS 15", path()):
        assert text in sent.body and text in html
    assert "2,950.00" in sent.subject and "Dell" not in sent.subject


def test_the_partners_approver_gets_the_mail(acme: NewPartner) -> None:
    services.set_approver(acme.partner, Approver.Kind.PARTNER, "boss@acme.example")
    make_estimate(acme.partner)
    worker.run_due()
    assert mail.outbox[0].to == ["boss@acme.example"]
    assert ApprovalLink.objects.get().door == "partner_link"


def test_the_outbox_keeps_neither_address_nor_token(waiting: Estimate) -> None:
    kept = str(list(Message.objects.values_list("reference", "payload", "result")))
    assert waiting.order.customer_email not in kept and path().split("/")[2] not in kept
    assert path().split("/")[2] not in str(ApprovalLink.objects.values())


def test_one_reminder_after_a_day(waiting: Estimate) -> None:
    for hours in (23, 24, 48):
        with time_machine.travel(timezone.now() + timedelta(hours=hours, seconds=1)):
            worker.run_due()
    assert [sent.subject.startswith("Reminder") for sent in mail.outbox] == [False, True]


def test_no_reminder_once_decided(waiting: Estimate) -> None:
    services.decide(waiting.order, 1, APPROVE)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        worker.run_due()
    assert len(mail.outbox) == 1


def test_no_reminder_of_an_earlier_wait(waiting: Estimate) -> None:
    tracking_services.record(waiting.order, "part demanded", source=ADMIN)
    tracking_services.record(waiting.order, "awaiting approval", source=ADMIN)
    worker.run_due()
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        worker.run_due()
    assert [sent.subject.startswith("Reminder") for sent in mail.outbox] == [False, False, True]


def test_the_page_shows_what_is_decided_and_nothing_of_the_customer(
    waiting: Estimate, client: Client
) -> None:
    page = client.get(path()).content.decode()
    for text in ("Acme", "Dell XPS 15", "Battery not charging", "2,950.00", "450.00", "Waiting for approval"):
        assert text in page
    for text in (waiting.order.customer_name, waiting.order.customer_mobile, waiting.order.pincode):
        assert text not in page


def test_looking_decides_nothing_and_leaves_no_trace(waiting: Estimate, client: Client) -> None:
    response = client.get(path())
    waiting.refresh_from_db()
    assert waiting.state == "awaiting_approval"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"
    assert not response.cookies


def test_an_approval_is_kept_with_name_and_door(waiting: Estimate) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = decide(strict)
    waiting.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, path())
    assert (waiting.state, waiting.decided_by, waiting.decided_through) == (
        "approved",
        "Asha Rao",
        "customer_link",
    )


def test_a_decline_needs_a_reason(waiting: Estimate, client: Client) -> None:
    response = decide(client, decision="decline")
    assert response.status_code == 400 and b"Please write why you decline." in response.content
    assert decide(client, decision="decline", reason="Too expensive").status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("declined", "Too expensive")


@pytest.mark.parametrize("change", [{"decided_by": " "}, {"decided_by": "a\0b"}, {"decision": "maybe"}])
def test_a_wrong_form_keeps_its_text_and_decides_nothing(
    waiting: Estimate, client: Client, change: dict[str, str]
) -> None:
    response = decide(client, reason="My words", **change)
    waiting.refresh_from_db()
    assert response.status_code == 400 and b"My words" in response.content
    assert waiting.state == "awaiting_approval"


def test_a_used_link_says_so(waiting: Estimate, client: Client) -> None:
    decide(client)
    assert b"was approved on" in client.get(path()).content
    response = decide(client, decision="decline", reason="Changed my mind")
    assert response.status_code == 409 and b"was approved on" in response.content


def test_the_link_of_a_superseded_estimate_says_so(waiting: Estimate, client: Client) -> None:
    raise_again(waiting.order)
    assert b"A newer estimate has replaced this one" in client.get(path()).content
    assert decide(client).status_code == 409


def test_an_expired_link_says_so(waiting: Estimate, client: Client) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        assert b"can no longer be decided here" in client.get(path()).content
        assert decide(client).status_code == 409
    waiting.refresh_from_db()
    assert waiting.state == "awaiting_approval"


def test_what_does_not_wait_says_so(waiting: Estimate, client: Client) -> None:
    tracking_services.record(waiting.order, "part demanded", source=ADMIN)
    assert b"does not wait for your decision" in client.get(path()).content


@pytest.mark.parametrize("token", ["there-is-no-such-token", "x" * 5000, "\u0661"])
def test_an_unknown_token_is_a_plain_404(client: Client, db: None, token: str) -> None:
    response = client.get(f"/estimate/{token}/")
    assert response.status_code == 404 and response["Content-Type"].startswith("text/html")
    assert response["Cache-Control"] == "no-store"


def test_other_methods_are_refused(waiting: Estimate, client: Client) -> None:
    assert client.delete(path()).status_code == 405


def test_the_page_is_rate_limited(client: Client, db: None, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "approval": "2/min"}
    statuses = [client.get(NOBODY).status_code for _ in range(3)]
    assert statuses == [404, 404, 429]


def test_a_fault_behind_the_page_does_not_log_its_token(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("estimates.links.find", lambda token: 1 / 0)
    client.raise_request_exception = False
    assert client.get("/estimate/a-token-that-works/").status_code == 500
    [line] = [record.getMessage() for record in caplog.records if record.name == "django.request"]
    assert line.startswith("Internal Server Error: ")
    assert "a-token-that-works" not in caplog.text
