"""Two deciders at once: exactly one wins. Threads, so PostgreSQL only."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from estimates import services
from estimates.models import Estimate
from partners.services import NewPartner
from tests.estimates.factory import make_estimate, raise_again
from tests.estimates.test_services import APPROVE, DECLINE
from tests.support.tracked_orders import ADMIN, make_order, visible
from tracking import services as tracking_services
from tracking.models import OrderTracking
from tracking.services import TrackingError
from warrantify.http.errors import DomainError

pytestmark = [
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("workflows_again"),
]


def at_once(acts: Sequence[Callable[[], object]]) -> list[str]:
    """Runs each in a thread of its own, all released together; "" or the refusal of each."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        try:
            gate.wait(20)
            act()
        except (DomainError, TrackingError) as error:
            return str(error)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_deciders_exactly_one_wins(acme: NewPartner) -> None:
    order = make_estimate(acme.partner).order
    approve, decline = (lambda d=d: services.decide(order, 1, d) for d in (APPROVE, DECLINE))
    refusals = at_once([approve, decline])
    assert sorted(refusals) == ["", "Estimate was already decided"]
    state = Estimate.objects.get().state
    history = visible(OrderTracking.objects.get())
    assert history[-1] == ("approved" if state == "approved" else "awaiting approval")


def test_the_same_decision_at_once_is_recorded_once(acme: NewPartner) -> None:
    order = make_estimate(acme.partner).order
    assert at_once([lambda: services.decide(order, 1, APPROVE)] * 6) == [""] * 6
    assert visible(OrderTracking.objects.get()).count("approved") == 1


def test_staff_and_customer_at_once(acme: NewPartner) -> None:
    order = make_estimate(acme.partner).order
    refusals = at_once(
        [
            lambda: services.decide(order, 1, DECLINE),
            lambda: tracking_services.record(order, "approved", source=ADMIN),
        ]
    )
    assert refusals in (["", ""], ["Estimate was already decided", ""])
    assert Estimate.objects.get().state == ("declined" if refusals == ["", ""] else "approved")


def test_a_decision_and_a_newer_estimate_at_once(acme: NewPartner) -> None:
    order = make_estimate(acme.partner).order
    refusals = at_once(
        [lambda: services.decide(order, 1, DECLINE), lambda: raise_again(order, waiting=False)]
    )
    assert refusals in (["", ""], ["Estimate has been superseded", ""])
    assert Estimate.objects.filter(is_current=True).count() == 1


def test_estimates_raised_at_once_are_numbered(acme: NewPartner) -> None:
    order = make_estimate(acme.partner, waiting=False).order
    assert at_once([lambda: raise_again(order, waiting=False)] * 4) == [""] * 4
    assert list(Estimate.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_the_first_estimates_of_an_untracked_order_at_once(acme: NewPartner) -> None:
    order = make_order(acme.partner)
    refusals = at_once([lambda: raise_again(order, waiting=False)] * 4)
    stored = Estimate.objects.filter(is_current=True).count()
    assert refusals.count("") >= 1 and stored == 1
    assert all(refusal == "" or "has started already" in refusal for refusal in refusals)
