"""Who works on an order, and what a technician sees of the desk."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse

from desk.models import Assignment, OrderFile
from partners.models import User
from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.staff import DeskClient, at_desk, staff, version_of
from tests.support.tracked_orders import ADMIN, make_order, make_tracked, visible
from tracking import services
from tracking.models import OrderTracking

LIST = reverse("admin:repairs_repairorder_changelist")
WORK = reverse("admin:repairs_repairorder_work")

pytestmark = pytest.mark.django_db


@pytest.fixture
def technician(db: None) -> User:
    return staff("Technicians")


@pytest.fixture
def phone(technician: User) -> Client:
    client = DeskClient()
    client.force_login(technician)
    return client


@pytest.fixture
def mine(acme: NewPartner, technician: User) -> RepairOrder:
    return give(technician, make_order(acme.partner, "MINE"))


def give(technician: User, order: RepairOrder) -> RepairOrder:
    Assignment.objects.create(order=order, assignee=technician, assigned_by=technician)
    return order


def url(name: str, *args: int) -> str:
    return reverse(f"admin:repairs_repairorder_{name}", args=args)


def found(desk: Client, **query: Any) -> set[str]:
    return {order.repair_ref_no for order in desk.get(LIST, query).context["cl"].result_list}


def test_an_order_is_assigned_and_taken_back(acme: NewPartner, technician: User) -> None:
    order, desk = make_order(acme.partner), at_desk("Operations")

    assert (
        "Assigned to technicians."
        in desk.post(url("assign", order.pk), {"assignee": technician.pk}, follow=True).text
    )
    assert Assignment.objects.get(order=order).assignee == technician
    desk.post(url("assign", order.pk), {"assignee": ""})
    assert not Assignment.objects.exists()


def test_many_are_assigned_at_once(acme: NewPartner, technician: User, mine: RepairOrder) -> None:
    orders, desk = [mine, make_order(acme.partner, "B"), make_order(acme.partner, "C")], at_desk("Operations")

    asked = desk.post(LIST, {"action": "assign", "_selected_action": [order.pk for order in orders]})
    form = {"orders": asked.context["form"]["orders"].value(), "assignee": technician.pk}
    desk.post(url("assign_many"), form)

    assert Assignment.objects.filter(assignee=technician).count() == 3


def test_only_technicians_can_be_assigned(acme: NewPartner) -> None:
    order = make_order(acme.partner)

    page = at_desk("Operations").post(url("assign", order.pk), {"assignee": staff("Auditors").pk})

    assert "Select a valid choice" in page.text
    assert not Assignment.objects.exists()


def test_the_list_can_be_filtered_by_assignee(acme: NewPartner, technician: User) -> None:
    give(technician, make_tracked(acme.partner, reference="MINE").order)
    make_tracked(acme.partner, reference="FREE")
    desk = at_desk("Operations")

    assert found(desk, assignee=technician.pk) == found(desk, assignee="any") == {"MINE"}
    assert found(desk, assignee="none") == {"FREE"}


def test_a_technician_sees_their_own_open_orders(
    acme: NewPartner, technician: User, phone: Client, mine: RepairOrder
) -> None:
    make_order(acme.partner, "THEIRS")
    give(technician, make_tracked(acme.partner, "delivered", reference="DONE").order)

    assert [order.repair_ref_no for order, *_ in phone.get(WORK).context["rows"]] == ["MINE"]


def test_a_technician_records_the_next_status(phone: Client, mine: RepairOrder) -> None:
    page = phone.get(url("work_order", mine.pk))
    first = page.context["ahead"][0].code

    phone.post(url("work_record", mine.pk), {"status": first, "version": "0"})

    assert visible(OrderTracking.objects.get(pk=mine.pk)) == ["created", first]


def test_a_stale_page_records_nothing(acme: NewPartner, technician: User, phone: Client) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    give(technician, tracking.order)

    phone.post(url("work_record", tracking.pk), {"status": "accepted", "version": "1"})

    assert visible(tracking) == ["created", "assigned"]


def test_a_technician_adds_a_file_and_opens_it(
    phone: Client, mine: RepairOrder, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    phone.post(url("work_files", mine.pk), {"uploads": SimpleUploadedFile("a.pdf", b"%PDF-1")})

    assert phone.get(url("work_file", mine.pk, OrderFile.objects.get().pk)).status_code == 200


def test_another_technicians_order_is_not_found(acme: NewPartner, phone: Client) -> None:
    order = make_order(acme.partner)

    answers = [
        phone.get(url("work_order", order.pk)),
        phone.post(url("work_record", order.pk), {"status": "assigned", "version": "0"}),
        phone.post(url("work_files", order.pk), {"uploads": SimpleUploadedFile("a.pdf", b"%PDF-1")}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def desk_urls() -> list[str]:
    """Every page of the admin but the technician's own and what log-in needs, with numbers in it."""
    _, admin = get_resolver().namespace_dict["admin"]
    urls = set()
    for name, possibilities in admin.reverse_dict.lists():
        if not isinstance(name, str) or name.startswith("repairs_repairorder_work"):
            continue
        for [[path, parameters], *_], *_ in possibilities:
            urls.add((name, "/admin/" + path % dict.fromkeys(parameters, 1)))
    kept = ("login", "logout", "password_change", "password_change_done")
    return sorted(path for name, path in urls if name not in kept)


def test_nothing_else_of_the_desk_answers_a_technician(phone: Client, mine: RepairOrder) -> None:
    paths = desk_urls()

    assert len(paths) > 40
    for path in paths:
        answer = phone.get(path)
        assert (answer.status_code, answer.get("Location")) == (302, WORK), path
        assert phone.post(path).status_code == 403, path


@pytest.mark.parametrize("group", ["Operations", "Auditors", "Partner managers"])
def test_the_others_have_no_work_page(group: str) -> None:
    assert at_desk(group).get(WORK).status_code == 403


def test_a_technicians_mistake_does_not_hide_a_newer_status(
    phone: Client, technician: User, acme: NewPartner
) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    give(technician, tracking.order)
    seen = tracking.version
    services.record(tracking.order, "accepted", source=ADMIN)
    form = {"version": seen, "status": "accepted"}

    mistaken = phone.post(url("work_record", tracking.pk), {**form, "note": "n" * 1001})
    again = phone.post(url("work_record", tracking.pk), {**form, "version": mistaken.context["version"]})

    assert int(mistaken.context["version"]) == seen
    assert "The order has changed since this page was opened" in again.text
    assert visible(tracking) == ["created", "assigned", "accepted"]


def test_a_technicians_stale_form_carries_the_present_version(
    phone: Client, technician: User, acme: NewPartner
) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    give(technician, tracking.order)
    services.record(tracking.order, "accepted", source=ADMIN)

    page = phone.post(url("work_record", tracking.pk), {"version": tracking.version, "status": "accepted"})

    assert int(page.context["version"]) == version_of(tracking.pk)
