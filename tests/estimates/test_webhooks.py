"""What webhooks are told of estimates."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from estimates import services
from estimates.models import Estimate
from partners.services import NewPartner
from tests.estimates.factory import make_estimate
from tests.estimates.test_services import APPROVE, DECLINE
from tests.support.tracked_orders import make_order
from webhooks import sandbox as sandbox_webhooks
from webhooks import services as webhooks
from webhooks.models import Event

pytestmark = pytest.mark.django_db


def register(partner: NewPartner) -> None:
    values = {"url": "https://hooks.example.com/", "events": None, "description": ""}
    webhooks.create(partner.partner.pk, values)


def told() -> list[tuple[str, dict[str, Any]]]:
    """Type and data of each event, in the order of their sequence."""
    events = Event.objects.order_by("sequence")
    return [(event.type, json.loads(event.body)["data"]) for event in events]


def test_raising_and_waiting_are_two_events_each(acme: NewPartner) -> None:
    register(acme)
    make_estimate(acme.partner)
    assert [kind for kind, _ in told()] == ["tracking.updated", "estimate.updated"] * 2
    states = [data["estimate"]["state"] for _, data in told()[1::2]]
    assert states == ["raised", "awaiting_approval"]
    assert told()[0][1]["tracking"]["estimate"]["state"] == "raised"


def test_a_decision_by_the_customers_link_names_no_customer(acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner)
    register(acme)
    services.decide(estimate.order, 1, APPROVE)
    [(_, first), (kind, second)] = told()
    assert kind == "estimate.updated" and second["estimate"]["decided_by"] == "customer"
    assert first["tracking"] == second["tracking"]
    assert APPROVE.name not in json.dumps([first, second])


def test_a_decline_by_api_names_who_decided(acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner)
    register(acme)
    services.decide(estimate.order, 1, DECLINE)
    [(first, tracking), (second, data)] = told()
    assert (first, second) == ("tracking.updated", "estimate.updated")
    assert (tracking["tracking"]["waiting_on"], data["estimate"]["decided_by"]) == ("us", DECLINE.name)


def test_a_sandbox_order_tells_of_its_estimate(sandbox: NewPartner) -> None:
    register(sandbox)
    now = timezone.now()
    make_order(sandbox.partner, created_at=now + timedelta(seconds=1))
    with time_machine.travel(now + timedelta(minutes=30)):
        sandbox_webhooks.push()
    estimates = [data["estimate"] for kind, data in told() if kind == "estimate.updated"]
    assert [estimate["state"] for estimate in estimates] == ["raised", "awaiting_approval"]
    assert estimates[0]["total"] == "2950.00"
    assert not Estimate.objects.exists()
