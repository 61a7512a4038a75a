"""Orders on the desk: found, shown, moved, corrected."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.staff import at_desk
from tests.support.tracked_orders import make_order, make_tracked, visible
from tracking.models import OrderTracking, Workflow

LIST = "admin:repairs_repairorder_changelist"


@pytest.fixture
def clerk_desk(db: None) -> Client:
    return at_desk("Operations")


def found(desk: Client, **query: str) -> list[str]:
    """The references that the list shows."""
    page = desk.get(reverse(LIST), query)
    return [order.repair_ref_no for order in page.context["cl"].result_list]


def press(desk: Client, button: str, order_pk: int, *more: int, **form: str) -> str:
    url = reverse(f"admin:repairs_repairorder_{button}", args=[order_pk, *more])
    return desk.post(url, form, follow=True).text


@pytest.mark.parametrize(
    "term",
    ["REP10001", "REP1000", "9876543210", "+91 98765 43210", "98765", "amit@", "SN1234", "REP10001, nothing"],
)
def test_an_order_is_found_by(clerk_desk: Client, acme: NewPartner, term: str) -> None:
    make_order(acme.partner)
    stranger = make_order(acme.partner, "X")
    RepairOrder.objects.filter(pk=stranger.pk).update(
        customer_mobile="1", customer_email="x@example.com", imei_no="1"
    )

    assert found(clerk_desk, q=term) == ["REP10001"]


def test_a_request_id_is_found_in_small_letters(clerk_desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner)

    assert found(clerk_desk, q=order.request_id.lower()) == ["REP10001"]


def test_a_pasted_list_finds_them_all(clerk_desk: Client, acme: NewPartner) -> None:
    first, _, third = (make_order(acme.partner, f"REP{number}") for number in range(3))

    assert set(found(clerk_desk, q=f"REP0,\t{third.request_id};REP9")) == {"REP0", "REP2"}
    assert first.pk != third.pk


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "new"}, ["NEW"]),
        ({"status": "open"}, ["LATE", "US", "PARTS"]),
        ({"status": "assigned"}, ["LATE", "US"]),
        ({"waiting_on": "us"}, ["LATE", "US"]),
        ({"waiting_on": "parts"}, ["PARTS"]),
        ({"late": "1"}, ["LATE", "NEW"]),
        ({"status": "delivered", "since": "0"}, ["DONE"]),
        ({"workflow": "technician", "waiting_on": "parts"}, ["PARTS"]),
        ({"workflow": "no_part"}, []),
        ({"engagement": "Pickup"}, ["NEW"]),
        ({"source": "upload"}, []),
        ({"created_at_from": "2020-01-01", "created_at_to": "2020-12-31"}, []),
    ],
)
def test_a_filter_leaves(
    clerk_desk: Client, acme: NewPartner, query: dict[str, str], expected: list[str]
) -> None:
    make_order(acme.partner, "NEW", engagement="Pickup")
    late = make_tracked(acme.partner, "assigned", reference="LATE")
    OrderTracking.objects.filter(pk=late.pk).update(current_since=timezone.now() - timedelta(hours=5))
    make_tracked(acme.partner, "assigned", reference="US")
    make_tracked(acme.partner, "part demanded", reference="PARTS")
    make_tracked(acme.partner, "delivered", reference="DONE")

    assert sorted(found(clerk_desk, **query)) == sorted(expected)


def test_days_of_the_filter_are_whole_and_included(clerk_desk: Client, acme: NewPartner) -> None:
    now = timezone.localtime().replace(hour=23, minute=59) - timedelta(days=1)
    make_order(acme.partner, created_at=now)

    day = f"{now:%Y-%m-%d}"
    assert found(clerk_desk, created_at_from=day, created_at_to=day) == ["REP10001"]


def test_waiting_for_parts_is_never_late(clerk_desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "part demanded")
    OrderTracking.objects.filter(pk=tracking.pk).update(current_since=timezone.now() - timedelta(days=99))

    assert found(clerk_desk, late="1") == []
    assert found(clerk_desk, late="over") == ["REP10001"]


def test_sandbox_orders_never_show(clerk_desk: Client, sandbox: NewPartner) -> None:
    order = make_order(sandbox.partner)

    assert found(clerk_desk) == []
    page = clerk_desk.get(reverse("admin:repairs_repairorder_change", args=[order.pk]))
    assert page.status_code == 404


def test_tracking_starts_in_the_proposed_workflow(clerk_desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner, engagement="Walk-in")
    page = clerk_desk.get(reverse("admin:repairs_repairorder_change", args=[order.pk]))

    proposed = page.context["start_form"].initial["workflow"]
    press(clerk_desk, "start", order.pk, workflow=str(proposed.pk))

    assert OrderTracking.objects.get().workflow.code == "service_center"


def test_only_what_is_allowed_next_is_offered(clerk_desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "repair completed")
    page = clerk_desk.get(reverse("admin:repairs_repairorder_change", args=[tracking.pk]))

    offered = page.context["record_form"].fields["status"].widget.choices
    assert offered[1] == ("delivered", "delivered")
    assert ("approved", "approved") not in offered


def test_a_status_is_recorded_with_who_and_note(clerk_desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)

    page = press(clerk_desk, "record", tracking.pk, status="assigned", note="by phone")

    event = tracking.events.get(step__code="assigned")
    assert (str(event.recorded_by), event.note, event.source) == ("operations", "by phone", "admin")
    assert "by phone" in page


def test_a_refused_time_is_told_and_what_was_typed_stays(clerk_desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)

    page = press(clerk_desk, "record", tracking.pk, status="assigned", at="2090-01-01T10:00", note="typed")

    assert "is in the future" in page
    assert "typed" in page
    assert visible(tracking) == ["created"]


def test_a_voided_event_is_struck_through_with_its_reason(clerk_desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    event = tracking.events.get(step__code="assigned")

    page = press(clerk_desk, "void", tracking.pk, event.pk, reason="wrong order")

    assert visible(tracking) == ["created"]
    assert "desk-voided" in page
    assert "wrong order" in page


def test_voiding_needs_a_reason(clerk_desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    event = tracking.events.get(step__code="assigned")

    page = press(clerk_desk, "void", tracking.pk, event.pk, reason="")

    assert "Say why this status is voided." in page
    assert visible(tracking) == ["created", "assigned"]


def test_an_event_is_voided_on_its_own_order_only(clerk_desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    event = tracking.events.get(step__code="assigned")
    other = make_tracked(acme.partner, reference="OTHER")

    url = reverse("admin:repairs_repairorder_void", args=[other.pk, event.pk])

    assert clerk_desk.post(url, {"reason": "x"}).status_code == 404


def test_the_workflow_is_changed(clerk_desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    other = Workflow.objects.get(code="no_part")

    press(clerk_desk, "workflow", tracking.pk, workflow=str(other.pk))

    assert OrderTracking.objects.get().workflow == other


def test_visits_are_numbered_as_partners_see_them(clerk_desk: Client, acme: NewPartner) -> None:
    at_door = "reached customer location"
    tracking = make_tracked(acme.partner, at_door, at_door, at_door)
    second = tracking.events.filter(step__code=at_door)[1]

    page = press(clerk_desk, "void", tracking.pk, second.pk, reason="twice")

    assert f"{at_door} - 2" in page
    assert f"{at_door} - 3" not in page


def test_a_repeat_within_90_days_is_flagged(clerk_desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "EARLIER", created_at=timezone.now() - timedelta(days=89))
    order = make_order(acme.partner)

    page = clerk_desk.get(reverse("admin:repairs_repairorder_change", args=[order.pk]))

    assert page.context["is_repeat"]
    assert [other.repair_ref_no for other, _ in page.context["earlier"]] == ["EARLIER"]


def test_after_90_days_it_is_no_repeat(clerk_desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "EARLIER", created_at=timezone.now() - timedelta(days=91))
    order = make_order(acme.partner)

    page = clerk_desk.get(reverse("admin:repairs_repairorder_change", args=[order.pk]))

    assert not page.context["is_repeat"]


def corrections(order: RepairOrder, **changes: str) -> dict[str, str]:
    from repairs.corrections import correctable

    stored = {field.attribute: getattr(order, field.attribute) for field in correctable(order)}
    return {**stored, **changes}


def test_a_correction_is_logged_field_by_field(clerk_desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner)

    press(clerk_desk, "correct", order.pk, **corrections(order, customer_mobile="9000000000", city="Mysuru"))

    order.refresh_from_db()
    assert (order.customer_mobile, order.city) == ("9000000000", "Mysuru")
    entry = LogEntry.objects.get().change_message
    assert 'Mobile: "9876543210" → "9000000000"' in entry
    assert 'City: "Bangalore" → "Mysuru"' in entry


def test_a_correction_obeys_the_rules_of_the_api(clerk_desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner)

    page = press(clerk_desk, "correct", order.pk, **corrections(order, pincode="56", city="Mysuru"))

    assert "Give exactly 6 digits." in page
    order.refresh_from_db()
    assert order.city == "Bangalore"


def test_an_uploaded_order_is_corrected_by_the_sheets_rules(clerk_desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner, engagement="Onsite")
    RepairOrder.objects.filter(pk=order.pk).update(source="upload", size="", centre_city="")
    order.refresh_from_db()

    press(clerk_desk, "correct", order.pk, **corrections(order, engagement_type="Offsite"))

    order.refresh_from_db()
    assert order.engagement_type == "Offsite"


def test_the_list_costs_no_query_per_order(
    clerk_desk: Client, acme: NewPartner, django_assert_max_num_queries: object
) -> None:
    for number in range(20):
        make_tracked(acme.partner, "assigned", reference=f"REP{number}")

    with django_assert_max_num_queries(15):  # type: ignore[operator]
        assert len(found(clerk_desk)) == 20
