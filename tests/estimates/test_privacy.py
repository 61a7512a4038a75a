"""What stays of an estimate when its customer is erased."""

import pytest

from estimates import services
from estimates.decisions import Decision
from estimates.models import ApprovalLink, Approver, Estimate
from outbox import worker
from partners.services import NewPartner
from tests.estimates.factory import make_estimate
from tests.support.tracked_orders import ADMIN
from tracking import privacy
from tracking import services as tracking_services

pytestmark = pytest.mark.django_db


def decided(acme: NewPartner, door: Estimate.Door) -> Estimate:
    """A declined estimate of a closed order, with a note."""
    services.set_approver(acme.partner, Approver.Kind.CUSTOMER)
    estimate = make_estimate(acme.partner)
    worker.run_due()
    Estimate.objects.update(note="Call Mr Patel first")
    decision = Decision(approves=False, name="Amit Patel", reason="I am moving to Pune", door=door)
    services.decide(estimate.order, 1, decision)
    tracking_services.record(estimate.order, "delivered", source=ADMIN)
    return estimate


def test_words_and_name_of_the_customer_go_and_the_decision_stays(acme: NewPartner) -> None:
    estimate = decided(acme, Estimate.Door.CUSTOMER_LINK)
    privacy.erase_customer(mobile=estimate.order.customer_mobile, asked_by="test")
    estimate.refresh_from_db()
    assert (estimate.note, estimate.reason, estimate.decided_by) == ("erased", "erased", "erased")
    assert (estimate.state, estimate.total_paise) == ("declined", 295000)
    assert not ApprovalLink.objects.exists()


def test_who_decided_at_the_partner_stays(acme: NewPartner) -> None:
    estimate = decided(acme, Estimate.Door.API)
    privacy.erase_customer(mobile=estimate.order.customer_mobile, asked_by="test")
    estimate.refresh_from_db()
    assert estimate.decided_by == "Amit Patel"


def test_an_open_order_keeps_everything(acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner)
    Estimate.objects.update(note="Call Mr Patel first")
    privacy.erase_customer(mobile=estimate.order.customer_mobile, asked_by="test")
    estimate.refresh_from_db()
    assert estimate.note == "Call Mr Patel first"
