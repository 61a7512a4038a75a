"""How estimates are raised, and how they follow the order's statuses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from estimates import services
from estimates.decisions import Decision
from estimates.models import Estimate
from partners.models import User
from partners.services import NewPartner
from tests.estimates.factory import make_estimate, raise_again
from tests.support.tracked_orders import ADMIN, make_order, make_tracked, visible
from tracking import services as tracking_services
from tracking import signals
from tracking.models import OrderTracking, TrackingEvent
from tracking.services import TrackingError
from tracking.signals import TrackingChange
from warrantify.http.errors import ConflictError

pytestmark = pytest.mark.django_db

Told = list[dict[str, Any]]
DECLINE = Decision(approves=False, name="Asha Rao", reason="Too expensive", door=Estimate.Door.API)
APPROVE = Decision(approves=True, name="Asha Rao", reason="", door=Estimate.Door.CUSTOMER_LINK)


@pytest.fixture
def told() -> Iterator[Told]:
    """Each change told by `tracking_changed`, in order."""
    calls: Told = []

    def receive(changes: Sequence[TrackingChange], **_: Any) -> None:
        calls.extend(change._asdict() for change in changes)

    signals.tracking_changed.connect(receive)
    yield calls
    signals.tracking_changed.disconnect(receive)


def states(estimate: Estimate) -> list[str]:
    return list(Estimate.objects.filter(order=estimate.order).values_list("state", flat=True))


def tracking_of(estimate: Estimate) -> OrderTracking:
    return OrderTracking.objects.get(pk=estimate.order_id)


def test_raising_starts_tracking_and_records_the_status(acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner, waiting=False)
    assert visible(tracking_of(estimate)) == ["created", "estimation raised"]


def test_a_newer_estimate_supersedes_an_undecided_one(acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner)
    assert raise_again(estimate.order).number == 2
    assert states(estimate) == ["superseded", "awaiting_approval"]


def test_a_decided_estimate_keeps_its_decision(acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner)
    services.decide(estimate.order, 1, DECLINE)
    raise_again(estimate.order, waiting=False)
    assert states(estimate) == ["declined", "raised"]


def test_a_refused_status_keeps_nothing(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "delivered")
    with pytest.raises(TrackingError, match="Nothing follows"):
        raise_again(tracking.order)
    assert not Estimate.objects.exists()


def test_a_sandbox_order_gets_no_estimate_from_staff(sandbox: NewPartner) -> None:
    with pytest.raises(TrackingError, match="moves by itself"):
        raise_again(make_order(sandbox.partner))


def test_staff_who_record_approved_decide_it(acme: NewPartner, clerk: User) -> None:
    estimate = make_estimate(acme.partner)
    tracking_services.record(estimate.order, "approved", by=clerk, source=ADMIN)
    estimate.refresh_from_db()
    assert (estimate.state, estimate.decided_by, estimate.decided_through) == ("approved", "clerk", "staff")


def test_a_declined_estimate_stays_declined(acme: NewPartner, clerk: User) -> None:
    estimate = make_estimate(acme.partner)
    services.decide(estimate.order, 1, DECLINE)
    tracking_services.record(estimate.order, "approved", by=clerk, source=ADMIN)
    assert states(estimate) == ["declined"]


def test_a_voided_approval_of_staff_waits_again(acme: NewPartner, clerk: User) -> None:
    estimate = make_estimate(acme.partner)
    event = tracking_services.record(estimate.order, "approved", by=clerk, source=ADMIN)
    tracking_services.void(event, by=clerk, reason="another order's")
    estimate.refresh_from_db()
    assert (estimate.state, estimate.decided_by, tracking_of(estimate).estimate_state) == (
        "awaiting_approval",
        "",
        "awaiting_approval",
    )


def test_a_voided_approval_of_the_customer_stays_their_decision(acme: NewPartner, clerk: User) -> None:
    estimate = make_estimate(acme.partner)
    services.decide(estimate.order, 1, APPROVE)
    event = TrackingEvent.objects.get(step__code="approved")
    tracking_services.void(event, by=clerk, reason="not yet")
    assert states(estimate) == ["approved"]


def test_a_void_back_to_the_decline_waits_for_us_again(acme: NewPartner, clerk: User) -> None:
    estimate = make_estimate(acme.partner)
    services.decide(estimate.order, 1, DECLINE)
    event = tracking_services.record(estimate.order, "part demanded", source=ADMIN)
    assert tracking_of(estimate).waiting_on_override == ""
    tracking_services.void(event, by=clerk, reason="no part needed")
    assert tracking_of(estimate).waiting_on_override == "us"


def test_the_history_says_through_which_door_and_names_no_customer(acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner)
    services.decide(estimate.order, 1, APPROVE)
    event = TrackingEvent.objects.get(step__code="approved")
    assert (event.source, event.note) == ("link", "Estimate 1 approved by the customer")


def test_the_history_names_who_approved_at_the_partner(acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner)
    services.decide(estimate.order, 1, replace(APPROVE, door=Estimate.Door.API))
    event = TrackingEvent.objects.get(step__code="approved")
    assert (event.source, event.note) == ("api", "Estimate 1 approved by Asha Rao")


def test_a_clock_behind_the_wait_is_a_refusal_and_keeps_nothing(acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner)
    behind = timezone.now() - timedelta(seconds=5)
    with time_machine.travel(behind), pytest.raises(ConflictError, match="not awaiting approval"):
        services.decide(estimate.order, 1, APPROVE)
    assert states(estimate) == ["awaiting_approval"]


def test_raising_is_told_as_status_and_estimate(acme: NewPartner, told: Told) -> None:
    make_estimate(acme.partner, waiting=False)
    [call] = told
    assert call["events"] == ["tracking.updated", "estimate.updated"]
    assert call["members"]["estimate.updated"]["estimate"]["state"] == "raised"


def test_superseding_has_no_event_of_its_own(acme: NewPartner, told: Told) -> None:
    estimate = make_estimate(acme.partner)
    told.clear()
    raise_again(estimate.order, waiting=False)
    [call] = told
    assert call["members"]["estimate.updated"]["estimate"]["estimate_no"] == 2


def test_verifying_tells_of_the_status_alone(acme: NewPartner, told: Told) -> None:
    estimate = make_estimate(acme.partner, waiting=False)
    told.clear()
    tracking_services.record(estimate.order, "verified date", source=ADMIN)
    assert [call["events"] for call in told] == [["tracking.updated"]]


@pytest.mark.parametrize("decision", [APPROVE, DECLINE])
def test_a_decision_is_told_once_with_both_events(acme: NewPartner, told: Told, decision: Decision) -> None:
    estimate = make_estimate(acme.partner)
    told.clear()
    services.decide(estimate.order, 1, decision)
    [call] = told
    assert call["events"] == ["tracking.updated", "estimate.updated"]
    assert call["tracking"].version == 3


def test_no_customers_name_leaves_with_an_event(acme: NewPartner, told: Told) -> None:
    estimate = make_estimate(acme.partner)
    services.decide(estimate.order, 1, APPROVE)
    assert told[-1]["members"]["estimate.updated"]["estimate"]["decided_by"] == "customer"


def test_the_same_decision_again_is_not_told(acme: NewPartner, told: Told) -> None:
    estimate = make_estimate(acme.partner)
    services.decide(estimate.order, 1, DECLINE)
    told.clear()
    services.decide(estimate.order, 1, DECLINE)
    assert told == []


@pytest.mark.parametrize(
    "change",
    [
        {"state": "superseded"},
        {"state": "expired"},
        {"is_current": False},
        {"decided_by": "Asha Rao"},
        {"state": "approved"},
        {"waiting_since": None},
        {"total_paise": -1},
    ],
)
def test_the_database_refuses_what_cannot_be(acme: NewPartner, change: dict[str, Any]) -> None:
    estimate = make_estimate(acme.partner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Estimate.objects.filter(pk=estimate.pk).update(**change)


def test_the_database_keeps_one_current_estimate(acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner)
    estimate.pk, estimate.number = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        estimate.save(force_insert=True)
