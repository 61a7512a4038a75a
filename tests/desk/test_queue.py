"""The lists that a clerk works through: order, lateness, the next one, undo."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import User
from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.staff import at_desk
from tests.support.tracked_orders import ADMIN, make_order, make_tracked, visible
from tracking import services
from tracking.models import OrderTracking, TrackingEvent

ORDER = "admin:repairs_repairorder"


@pytest.fixture
def desk(db: None) -> Client:
    return at_desk("Operations")


def found(desk: Client, **query: str) -> list[str]:
    page = desk.get(reverse(f"{ORDER}_changelist"), query)
    return [order.repair_ref_no for order in page.context["cl"].result_list]


def waiting(acme: NewPartner, reference: str, hours: int, *codes: str) -> OrderTracking:
    tracking = make_tracked(acme.partner, *codes, reference=reference)
    OrderTracking.objects.filter(pk=tracking.pk).update(current_since=timezone.now() - timedelta(hours=hours))
    return OrderTracking.objects.get(pk=tracking.pk)


def record(desk: Client, pk: int, **form: str) -> str:
    answer = desk.post(reverse(f"{ORDER}_record", args=[pk]), {"status": "accepted", **form})
    return str(answer["Location"])


def test_a_new_order_can_be_late_and_stands_in_the_late_list(desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "OLD", created_at=timezone.now() - timedelta(hours=9))
    make_order(acme.partner, "FRESH", created_at=timezone.now())
    waiting(acme, "OLDER", 20, "assigned")

    assert found(desk, late="1") == ["OLDER", "OLD"]
    cards = {view.title: view.number for view, _ in desk.get(reverse("admin:index")).context["cards"]}
    assert (cards["New"], cards["Late"]) == (2, 2)


def test_new_orders_begin_with_the_longest_wait(desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "LATER", created_at=timezone.now() - timedelta(hours=1))
    make_order(acme.partner, "EARLIER", created_at=timezone.now() - timedelta(hours=2))

    assert found(desk, status="new") == ["EARLIER", "LATER"]


@pytest.mark.parametrize("query", [{"waiting_on": "us"}, {"status": "assigned"}, {"status": "open"}])
def test_a_waiting_list_begins_with_the_longest_wait(
    desk: Client, acme: NewPartner, query: dict[str, str]
) -> None:
    waiting(acme, "SHORT", 1, "assigned")
    waiting(acme, "LONG", 9, "assigned")

    assert found(desk, **query) == ["LONG", "SHORT"]


def test_the_list_says_by_how_much_and_whether_that_is_late(desk: Client, acme: NewPartner) -> None:
    waiting(acme, "LATE", 9, "assigned")
    waiting(acme, "PARTS", 80, "part demanded")

    page = desk.get(reverse(f"{ORDER}_changelist"), {"status": "open"})
    standings = {order.repair_ref_no: order.standing for order in page.context["cl"].result_list}

    assert (standings["LATE"].is_late, standings["PARTS"].is_late) == (True, False)
    assert round(standings["LATE"].over.total_seconds() / 3600) == 5
    assert round(standings["PARTS"].over.total_seconds() / 3600) == 8


def test_a_declined_estimate_waits_for_us_in_a_view_of_its_own(desk: Client, acme: NewPartner) -> None:
    tracking = waiting(acme, "DECLINED", 60, "awaiting approval")
    OrderTracking.objects.filter(pk=tracking.pk).update(
        waiting_on_override="us",
        estimate_no=1,
        estimate_state="declined",
        estimate_total_paise=1,
        estimate_valid_until="2026-12-01",
    )
    waiting(acme, "OTHER", 1, "awaiting approval")

    assert found(desk, estimate="declined") == ["DECLINED"]
    assert found(desk, waiting_on="us") == ["DECLINED"]
    assert found(desk, waiting_on="approval") == ["OTHER"]
    assert found(desk, late="1") == ["DECLINED"]


def test_a_link_of_the_list_knows_the_list(desk: Client, acme: NewPartner) -> None:
    tracking = waiting(acme, "A", 9, "assigned")

    page = desk.get(reverse(f"{ORDER}_changelist"), {"late": "1", "p": "1"})
    order = desk.get(page.context["cl"].result_list[0].url)

    assert order.context["order"].pk == tracking.pk
    assert order.context["queue"].url == f"{reverse(f'{ORDER}_changelist')}?late=1&p=1"


def test_record_and_next_goes_to_the_next_of_the_late_list(desk: Client, acme: NewPartner) -> None:
    waiting(acme, "FIRST", 30, "assigned")
    second = waiting(acme, "SECOND", 20, "assigned")
    third = waiting(acme, "THIRD", 10, "assigned")

    location = record(desk, second.pk, then="next", list="late=1")

    assert location.startswith(f"{reverse(f'{ORDER}_change', args=[third.pk])}?list=late%3D1&done=")


def test_after_the_last_comes_the_first_and_then_the_list(desk: Client, acme: NewPartner) -> None:
    first, last = waiting(acme, "FIRST", 30, "assigned"), waiting(acme, "LAST", 20, "assigned")

    assert f"/{first.pk}/" in record(desk, last.pk, then="next", list="late=1")
    assert record(desk, first.pk, then="next", list="late=1") == f"{reverse(f'{ORDER}_changelist')}?late=1"


def test_recording_keeps_the_list(desk: Client, acme: NewPartner) -> None:
    tracking = waiting(acme, "A", 9, "assigned")

    assert "list=late%3D1" in record(desk, tracking.pk, list="late=1")


@pytest.mark.parametrize("query", ["__regex=(", "late=1&created_at_to=x", "p=99999"])
def test_a_nonsense_list_does_no_harm(desk: Client, acme: NewPartner, query: str) -> None:
    tracking = waiting(acme, "A", 9, "assigned")

    assert desk.get(reverse(f"{ORDER}_next", args=[tracking.pk]), {"list": query}).status_code == 302
    assert (
        desk.get(reverse(f"{ORDER}_change", args=[tracking.pk]), {"list": query, "done": "x"}).status_code
        == 200
    )


def undo(desk: Client, event: TrackingEvent) -> str:
    url = reverse(f"{ORDER}_undo", args=[event.tracking_id, event.pk])
    return str(desk.post(url, {}, follow=True).text)


def test_ones_own_last_status_is_undone_by_a_void_that_says_so(desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    page = desk.get(record(desk, tracking.pk))

    undo(desk, page.context["undo"])

    event = tracking.events.get(step__code="accepted")
    assert visible(tracking) == ["created", "assigned"]
    assert event.void_reason == services.UNDONE


def test_a_status_is_not_undone_after_a_minute(desk: Client, acme: NewPartner) -> None:
    from time_machine import travel

    tracking = make_tracked(acme.partner, "assigned")
    record(desk, tracking.pk)
    event = tracking.events.get(step__code="accepted")

    with travel(timezone.now() + timedelta(seconds=61)):
        page = undo(desk, event)

    assert "within a minute" in page
    assert visible(tracking)[-1] == "accepted"


def test_a_colleagues_status_is_not_undone(desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    colleague = User.objects.create_user("colleague", is_staff=True)
    event = services.record(tracking.order, "accepted", by=colleague, source=ADMIN)

    undo(desk, event)

    assert visible(tracking)[-1] == "accepted"
    assert RepairOrder.objects.count() == 1
