"""Estimates on the desk: raised, shown, counted, filtered; and who approves for a partner."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from estimates import services
from estimates.models import Approver, Estimate
from partners.services import NewPartner
from tests.estimates.factory import make_estimate, raise_again
from tests.estimates.test_services import APPROVE, DECLINE
from tests.support.staff import at_desk
from tests.support.tracked_orders import make_order, make_tracked, visible
from tracking.models import OrderTracking

pytestmark = pytest.mark.django_db

LIST = "/admin/repairs/repairorder/"
LINES = {
    "kind": ["part", "labour", "part"],
    "description": ["Battery", "Fitting", ""],
    "quantity": ["1", "0.5", "1"],
    "unit_price": ["2500", "700", ""],
}


@pytest.fixture
def desk(db: None) -> Client:
    return at_desk("Operations")


def page_of(pk: int) -> str:
    return f"{LIST}{pk}/change/"


def send(desk: Client, pk: int, **changes: Any) -> HttpResponse:
    until = f"{timezone.localdate() + timedelta(days=3):%Y-%m-%d}"
    form = {**LINES, "tax": "18", "valid_until": until, "note": "", **changes}
    return desk.post(f"{LIST}{pk}/estimate/", form)  # type: ignore[return-value]


def test_an_estimate_is_raised_with_its_status_and_history_entry(desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner)
    assert send(desk, order.pk).status_code == 302
    estimate = Estimate.objects.get()
    assert (estimate.total_paise, estimate.lines.count()) == (336300, 2)
    assert visible(OrderTracking.objects.get()) == ["created", "estimation raised"]
    assert "INR 3,363.00" in LogEntry.objects.get().change_message


def test_a_line_is_added_without_a_script_and_the_sums_are_shown(desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner)
    page = send(desk, order.pk, add_line="1", note="Keep me").content.decode()
    assert page.count('name="description"') == 3 and "Keep me" in page
    assert "3,363.00" in page and "desk-line-errors" not in page
    assert not Estimate.objects.exists()


def test_a_wrong_line_is_marked_and_nothing_is_stored(desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner)
    page = send(desk, order.pk, unit_price=["2500", "7,00", ""]).content.decode()
    assert "Price: Give a plain number" in page and 'value="7,00"' in page
    assert not Estimate.objects.exists()


def test_an_empty_form_is_refused(desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner)
    page = send(desk, order.pk, description=["", "", ""], unit_price=["", "", ""]).content.decode()
    assert "Give at least one line." in page


def test_a_past_day_is_refused(desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner)
    assert "Give today or a later day." in send(desk, order.pk, valid_until="2020-01-01").content.decode()


def test_a_page_that_is_no_longer_true_is_refused(desk: Client, acme: NewPartner) -> None:
    order = make_tracked(acme.partner, "assigned").order
    assert send(desk, order.pk, version="1").status_code == 200
    assert not Estimate.objects.exists()


@pytest.mark.parametrize("group", ["Auditors", "Partner managers"])
def test_only_those_who_record_statuses_raise(acme: NewPartner, group: str) -> None:
    order = make_order(acme.partner)
    assert send(at_desk(group), order.pk).status_code == 403


def test_the_orders_page_shows_every_estimate_with_its_decision(desk: Client, acme: NewPartner) -> None:
    estimate = make_estimate(acme.partner)
    services.decide(estimate.order, 1, DECLINE)
    raise_again(estimate.order)
    page = desk.get(page_of(estimate.order_id)).content.decode()
    for text in ("Estimate 1", "declined", "Too expensive", "Asha Rao", "Estimate 2", "awaiting approval"):
        assert text in page


def test_the_list_shows_amount_and_validity(desk: Client, acme: NewPartner) -> None:
    make_estimate(acme.partner)
    until = f"{timezone.localdate() + timedelta(days=7):%d-%m-%Y}"
    assert f"INR 2,950.00, awaiting approval, until {until}" in desk.get(LIST).content.decode()


def test_an_export_has_amount_and_validity(desk: Client, acme: NewPartner) -> None:
    make_estimate(acme.partner)
    content = b"".join(desk.get(f"{LIST}export/?format=csv"))
    until = f"{timezone.localdate() + timedelta(days=7):%d-%m-%Y}"
    assert f"awaiting_approval,2950.00,{until}" in content.decode()


@pytest.mark.parametrize("state", ["raised", "awaiting_approval", "approved", "declined", "expired"])
def test_the_list_is_filtered_by_the_estimate(desk: Client, acme: NewPartner, state: str) -> None:
    make_estimate(acme.partner, reference="raised", waiting=False)
    make_estimate(acme.partner, reference="awaiting_approval")
    services.decide(make_estimate(acme.partner, reference="approved").order, 1, APPROVE)
    services.decide(make_estimate(acme.partner, reference="declined").order, 1, DECLINE)
    with time_machine.travel(timezone.now() - timedelta(days=30)):
        make_estimate(acme.partner, reference="expired")
    rows = desk.get(LIST, {"estimate": state}).context["cl"].result_list
    assert [order.repair_ref_no for order in rows] == [state]


def test_an_expired_estimate_of_a_closed_order_needs_nobody(desk: Client, acme: NewPartner) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=30)):
        order = make_estimate(acme.partner).order
    OrderTracking.objects.filter(pk=order.pk).update(is_closed=True)
    assert list(desk.get(LIST, {"estimate": "expired"}).context["cl"].result_list) == []


def test_the_dashboard_says_how_many_and_how_much(desk: Client, acme: NewPartner) -> None:
    make_estimate(acme.partner, reference="A")
    services.decide(make_estimate(acme.partner, reference="B").order, 1, APPROVE)
    services.decide(make_estimate(acme.partner, reference="C").order, 1, DECLINE)
    figures = desk.get("/admin/").context["estimates"]
    assert (figures["waiting"], figures["approved"], figures["declined"]) == (1, 1, 1)
    assert figures["waiting_total"] == figures["approved_total"] == "2,950.00"


def test_the_approver_is_chosen_on_the_partners_page(acme: NewPartner) -> None:
    managers, path = at_desk("Partner managers"), f"/admin/partners/partner/{acme.partner.pk}/"
    sent = managers.post(f"{path}approver/", {"kind": "partner", "email": "boss@acme.example"})
    assert sent.status_code == 302
    assert "boss@acme.example" in managers.get(f"{path}change/").content.decode()
    assert "boss@acme.example" in LogEntry.objects.get().change_message


def test_a_partners_approver_needs_an_address(acme: NewPartner) -> None:
    path = f"/admin/partners/partner/{acme.partner.pk}/approver/"
    assert at_desk("Partner managers").post(path, {"kind": "partner", "email": ""}).status_code == 200
    assert not Approver.objects.exists()


@pytest.mark.parametrize("group", ["Auditors", "Operations"])
def test_only_partner_managers_choose(acme: NewPartner, group: str) -> None:
    path = f"/admin/partners/partner/{acme.partner.pk}/approver/"
    assert at_desk(group).post(path, {"kind": "customer"}).status_code == 403


@pytest.mark.parametrize("detour", [{"add_line": "1"}, {"unit_price": "x"}])
def test_a_page_that_was_shown_again_still_says_what_happened_meanwhile(
    desk: Client, acme: NewPartner, detour: dict[str, str]
) -> None:
    order = make_tracked(acme.partner, "assigned").order
    send(desk, order.pk)

    shown = send(desk, order.pk, version="1", **detour)

    assert 'name="version" value="1"' in shown.text
