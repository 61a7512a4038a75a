"""Two clerks at once: two ordered events or one clear refusal. Threads, so PostgreSQL only."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.tracked_orders import ADMIN, make_order, make_tracked, visible, workflow
from tracking import queries, services
from tracking.models import OrderTracking
from tracking.services import Change, TrackingError

pytestmark = [
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("workflows_again"),
]

Act = Callable[[], object]


def at_once(acts: Sequence[Act]) -> list[str]:
    """Runs each in a thread of its own, all released together; "" or the refusal of each."""
    gate = Barrier(len(acts))

    def run(act: Act) -> str:
        try:
            gate.wait(20)
            act()
        except TrackingError as error:
            return str(error)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def order(acme: NewPartner) -> Iterator[RepairOrder]:
    yield make_order(acme.partner)


def test_of_simultaneous_starts_one_succeeds(order: RepairOrder) -> None:
    refusals = at_once([lambda: services.start(order, workflow("no_part"), source=ADMIN)] * 6)
    refusal = f"Tracking of {order} has started already. Record its next status instead."
    assert sorted(refusals) == ["", *[refusal] * 5]
    assert OrderTracking.objects.get().events.count() == 1


def test_of_simultaneous_equal_moves_one_succeeds(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)
    refusals = at_once([lambda: services.record(tracking.order, "pickup done", source=ADMIN)] * 6)
    assert sum(not refusal for refusal in refusals) == 1
    assert all("stands at" in refusal for refusal in refusals if refusal)
    assert visible(tracking) == ["created", "pickup done"]


def test_simultaneous_visits_are_numbered_apart(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)
    visit = "reached customer location"
    assert at_once([lambda: services.record(tracking.order, visit, source=ADMIN)] * 6) == [""] * 6
    assert [event.visit for event in queries.full_history(tracking)[1:]] == [1, 2, 3, 4, 5, 6]
    assert OrderTracking.objects.get().version == 7


def test_a_move_that_waited_for_a_change_of_workflow_is_judged_by_the_new_one(acme: NewPartner) -> None:
    for number in range(5):
        tracking = make_tracked(acme.partner, "assigned", reference=f"R{number}")
        order = tracking.order
        at_once(
            [
                lambda: services.change_workflow(order, workflow("no_part"), source=ADMIN),  # noqa: B023
                lambda: services.record(order, "part demanded", source=ADMIN),  # noqa: B023
            ]
        )
        tracking.refresh_from_db()
        assert ("part demanded" in visible(tracking)) == (tracking.workflow.code == "technician")


def test_a_void_and_a_move_leave_the_last_visible_event_current(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "approved")
    event = queries.full_history(tracking)[-1]
    at_once(
        [
            lambda: services.void(event, by=acme.user, reason="mistake"),
            lambda: services.record(tracking.order, "pickup done", source=ADMIN),
            lambda: services.record(tracking.order, "delivered", source=ADMIN),
        ]
    )
    tracking.refresh_from_db()
    assert tracking.current_event == queries.visible_events(tracking)[-1]
    assert tracking.version == 1 + len(queries.full_history(tracking))


def test_two_imports_in_opposite_orders_both_end(acme: NewPartner) -> None:
    orders = [make_order(acme.partner, f"R{number}") for number in range(20)]
    changes = [Change(order, "reached customer location") for order in orders for _ in range(2)]
    refusals = at_once(
        [
            lambda: services.record_many(changes, source=ADMIN),
            lambda: services.record_many(changes[::-1], source=ADMIN),
        ]
    )
    assert refusals == ["", ""]
    assert OrderTracking.objects.count() == 20
