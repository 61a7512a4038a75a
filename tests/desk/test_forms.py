"""Forms of the desk: stale ones are refused with reasons, and each is acted on once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from desk.models import OrderNote, SheetPreview, Submission
from partners.clean_up import clean_up
from partners.models import ApiKey, User
from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.staff import at_desk, staff, status_sheet, version_of
from tests.support.tracked_orders import ADMIN, make_order, make_tracked, visible, workflow
from tracking import services
from tracking.models import OrderTracking

ORDER = "admin:repairs_repairorder"


@pytest.fixture
def desk(db: None) -> Client:
    return at_desk("Operations")


@pytest.fixture
def colleague(db: None) -> User:
    return User.objects.create_user("colleague", is_staff=True)


def send(desk: Client, button: str, pk: int, *more: int, **form: object) -> Any:
    return desk.post(reverse(f"{ORDER}_{button}", args=[pk, *more]), form, follow=True)


def test_a_note_on_an_order_that_was_delivered_meanwhile_is_refused_and_kept(
    desk: Client, acme: NewPartner, colleague: User
) -> None:
    tracking = make_tracked(acme.partner, "repair completed")
    services.record(tracking.order, "delivered", by=colleague, source=ADMIN)

    page = send(desk, "record", tracking.pk, version=tracking.version, status="delivered", note="call first")

    assert "colleague recorded &quot;delivered&quot; on" in page.text
    assert "call first" in page.text
    assert visible(tracking) == ["created", "repair completed", "delivered"]


@pytest.mark.parametrize(
    "statuses",
    [
        ("assigned", "accepted", "accepted"),
        ("reached customer location", "customer not in location", "repair completed"),
        ("assigned", "delivered", "approved"),
        ("part demanded", "awaiting approval", "approved"),
    ],
)
def test_a_status_over_a_newer_one_is_refused_with_who_and_when(
    desk: Client, acme: NewPartner, colleague: User, statuses: tuple[str, str, str]
) -> None:
    present, theirs, ours = statuses
    tracking = make_tracked(acme.partner, present)
    services.record(tracking.order, theirs, by=colleague, source=ADMIN)

    page = send(desk, "record", tracking.pk, version=tracking.version, status=ours, note="typed")

    assert f"colleague recorded &quot;{theirs}&quot; on" in page.text
    assert "typed" in page.text
    assert "Select a valid choice" not in page.text
    assert visible(tracking)[-1].startswith(theirs)


def test_what_was_refused_as_stale_is_recorded_when_sent_again(
    desk: Client, acme: NewPartner, colleague: User
) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    services.record(tracking.order, "accepted", by=colleague, source=ADMIN)
    refused = send(desk, "record", tracking.pk, version=tracking.version, status="accepted", note="typed")
    form = refused.context["record_form"]

    send(
        desk,
        "record",
        tracking.pk,
        **{name: form[name].value() for name in ("version", "status", "note")},
    )

    assert visible(tracking) == ["created", "assigned", "accepted", "accepted"]


@pytest.mark.parametrize(
    ("button", "form"),
    [
        ("record", {"status": "accepted"}),
        ("void", {"reason": "mistake"}),
        ("workflow", {"workflow": "no_part"}),
    ],
)
def test_every_form_of_an_order_is_refused_when_it_is_stale(
    desk: Client, acme: NewPartner, colleague: User, button: str, form: dict[str, str]
) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    more = [tracking.events.get(step__code="assigned").pk] if button == "void" else []
    if "workflow" in form:
        form = {"workflow": str(workflow("no_part").pk)}
    services.record(tracking.order, "accepted", by=colleague, source=ADMIN)

    page = send(desk, button, tracking.pk, *more, version=tracking.version, **form)

    assert "colleague recorded &quot;accepted&quot; on" in page.text
    assert visible(tracking) == ["created", "assigned", "accepted"]
    assert OrderTracking.objects.get().workflow == workflow("technician")


def test_a_start_after_a_colleagues_start_is_refused(desk: Client, acme: NewPartner, colleague: User) -> None:
    order = make_order(acme.partner)
    services.start(order, workflow("technician"), by=colleague, source=ADMIN)

    page = send(desk, "start", order.pk, version=0, workflow=workflow("no_part").pk)

    assert "colleague recorded &quot;created&quot; on" in page.text
    assert OrderTracking.objects.get().workflow == workflow("technician")


def test_a_batch_refuses_the_orders_that_moved_on(desk: Client, acme: NewPartner, colleague: User) -> None:
    moved, still = (make_tracked(acme.partner, "assigned", reference=name) for name in "AB")
    picks = f"{moved.pk}:{moved.version},{still.pk}:{still.version}"
    services.record(moved.order, "accepted", by=colleague, source=ADMIN)

    form = {"orders": picks, "status": "accepted"}
    page = desk.post(reverse(f"{ORDER}_batch_record"), form, follow=True)

    assert "1 recorded, 1 refused" in page.text
    assert "colleague recorded &quot;accepted&quot; on" in page.text
    assert visible(moved) == visible(still) == ["created", "assigned", "accepted"]


def test_a_repeated_form_is_acted_on_once_and_says_so(desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    form = {"once": uuid4().hex, "version": tracking.version, "status": "accepted"}

    send(desk, "record", tracking.pk, **form)
    again = send(desk, "record", tracking.pk, **form)

    assert "had been sent before" in again.text
    assert visible(tracking) == ["created", "assigned", "accepted"]
    assert LogEntry.objects.count() == 1


def test_a_spent_token_with_other_content_is_refused_and_kept(desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    once = uuid4().hex
    send(desk, "record", tracking.pk, once=once, status="accepted")

    page = send(desk, "record", tracking.pk, once=once, status="accepted", note="typed")

    assert "sent before with other content" in page.text
    assert "typed" in page.text
    assert visible(tracking) == ["created", "assigned", "accepted"]


def test_a_refused_form_leaves_its_token_unspent(desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")

    send(desk, "record", tracking.pk, status="created")

    assert not Submission.objects.exists()


def test_a_form_without_a_token_records_nothing(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    bare = Client()
    bare.force_login(staff("Operations"))

    page = bare.post(
        reverse(f"{ORDER}_record", args=[tracking.pk]), {"version": tracking.version, "status": "accepted"}
    )

    assert "nothing was recorded" in page.text
    assert visible(tracking) == ["created", "assigned"]


def test_a_batch_report_is_a_page_of_its_own(desk: Client, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    form = {"orders": f"{tracking.pk}:{tracking.version}", "status": "accepted"}

    answer = desk.post(reverse(f"{ORDER}_batch_record"), form)

    assert answer.status_code == 302
    assert "1 recorded, 0 refused" in desk.get(answer["Location"]).text


def test_a_key_is_issued_once_by_two_clicks(acme: NewPartner) -> None:
    manager = at_desk("Partner managers")
    url, form = reverse("admin:partners_partner_issue_key", args=[acme.partner.pk]), {"name": "second"}
    form["once"] = uuid4().hex

    for _ in range(2):
        manager.post(url, form)

    assert ApiKey.objects.filter(name="second").count() == 1


def upload(desk: Client, *rows: list[str]) -> Any:
    """The preview of a sheet with these rows."""
    return desk.post(reverse(f"{ORDER}_sheet"), {"sheet": status_sheet(*rows)}, follow=True)


def test_a_preview_opens_and_applies_its_own_sheet(desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "A")
    make_order(acme.partner, "B")
    of_a = upload(desk, ["A", "created", ""])
    upload(desk, ["B", "created", ""])

    desk.post(of_a.context["action"])

    assert [tracking.order.repair_ref_no for tracking in OrderTracking.objects.all()] == ["A"]


def test_a_preview_is_its_clerks_own(desk: Client, acme: NewPartner) -> None:
    shown = upload(desk, ["A", "created", ""])

    other = at_desk(None).get(shown.redirect_chain[-1][0])

    assert other.status_code == 302


def test_a_sheet_refuses_an_order_that_moved_on_since_its_preview(
    desk: Client,
    acme: NewPartner,
    colleague: User,
) -> None:
    order = make_order(acme.partner, "A")
    shown = desk.post(
        reverse(f"{ORDER}_sheet"), {"sheet": status_sheet(["A", "assigned", "2099-01-01"])}, follow=True
    )
    services.start(order, workflow("technician"), by=colleague, source=ADMIN)

    page = desk.post(shown.context["action"], follow=True)

    assert "0 recorded, 1 refused" in page.text
    assert "colleague recorded &quot;created&quot; on" in page.text


@pytest.mark.parametrize("name", ["start", "record", "workflow"])
def test_an_actions_address_leads_to_the_order(desk: Client, acme: NewPartner, name: str) -> None:
    order = make_order(acme.partner)

    answer = desk.get(reverse(f"{ORDER}_{name}", args=[order.pk]))

    assert answer["Location"] == reverse(f"{ORDER}_change", args=[order.pk])


def test_a_batch_actions_address_leads_to_its_page(desk: Client) -> None:
    assert desk.get(reverse(f"{ORDER}_batch_record"))["Location"] == reverse(f"{ORDER}_batch")
    assert desk.get(reverse(f"{ORDER}_sheet_apply", args=[uuid4()])).status_code == 302


def paste(desk: Client, text: str) -> Any:
    return desk.post(reverse(f"{ORDER}_batch"), {"references": text})


def test_a_reference_of_two_partners_asks_which_one(
    desk: Client, acme: NewPartner, rival: NewPartner
) -> None:
    ours, theirs = make_order(acme.partner, "SAME"), make_order(rival.partner, "SAME")

    page = paste(desk, "SAME")
    form = {"asked": "SAME", "which-SAME": f"{theirs.pk}:0", "status": "created"}
    open_question = desk.post(reverse(f"{ORDER}_batch_record"), {**form, "which-SAME": ""})
    desk.post(reverse(f"{ORDER}_batch_record"), form)

    assert page.context["questions"][0][0] == "SAME"
    assert "Choose which order is meant by: SAME." in open_question.text
    assert not OrderTracking.objects.filter(pk=ours.pk).exists()
    assert OrderTracking.objects.filter(pk=theirs.pk).exists()


def test_a_delivered_order_is_set_aside_by_name(desk: Client, acme: NewPartner) -> None:
    make_tracked(acme.partner, "delivered", reference="DONE")
    make_tracked(acme.partner, "assigned", reference="OPEN")

    page = paste(desk, "DONE, OPEN")

    assert [order.repair_ref_no for order, _ in page.context["closed"]] == ["DONE"]
    assert [order.repair_ref_no for order, _ in page.context["rows"]] == ["OPEN"]
    assert page.context["form"].fields["status"].widget.choices[1:]


@pytest.mark.parametrize("pasted", ["rep 10", "REP 10", "rep10", "Rep10 other", "other\tREP10"])
def test_spaces_and_case_of_a_reference_are_understood(desk: Client, acme: NewPartner, pasted: str) -> None:
    order = make_order(acme.partner, "REP10")

    assert [found.pk for found, _ in paste(desk, pasted).context["rows"]] == [order.pk]


@pytest.mark.parametrize("pasted", ["Rep10a", "REP10A", "rep10a"])
def test_a_reference_of_mixed_case_is_found_in_any_case(desk: Client, acme: NewPartner, pasted: str) -> None:
    order = make_order(acme.partner, "Rep10a")

    assert [found.pk for found, _ in paste(desk, pasted).context["rows"]] == [order.pk]


def test_of_two_spellings_the_pasted_one_is_meant(desk: Client, acme: NewPartner) -> None:
    make_order(acme.partner, "REP-10")
    order = make_order(acme.partner, "rep10")

    assert [found.pk for found, _ in paste(desk, "rep10").context["rows"]] == [order.pk]


def test_a_reference_with_a_space_is_found(desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner, "REP 10/A")

    assert [found.pk for found, _ in paste(desk, "REP 10/A").context["rows"]] == [order.pk]


def correct(desk: Client, order: RepairOrder, seen: RepairOrder, **changes: str) -> Any:
    """Sends the correction form as it was opened with `seen`."""
    from repairs.corrections import correctable

    shown = {field.attribute: getattr(seen, field.attribute) for field in correctable(seen)}
    form = {**shown, **{f"initial-{name}": value for name, value in shown.items()}, **changes}
    return send(desk, "correct", order.pk, **form)


def test_a_correction_leaves_what_a_colleague_changed_meanwhile(desk: Client, acme: NewPartner) -> None:
    seen = make_order(acme.partner)
    order = RepairOrder.objects.get()
    RepairOrder.objects.update(customer_mobile="9000000000")

    correct(desk, order, seen, city="Mysuru")

    order.refresh_from_db()
    assert (order.customer_mobile, order.city) == ("9000000000", "Mysuru")


def test_a_correction_of_the_same_field_is_shown_and_not_overwritten(desk: Client, acme: NewPartner) -> None:
    seen = make_order(acme.partner)
    order = RepairOrder.objects.get()
    RepairOrder.objects.update(city="Chennai")

    page = correct(desk, order, seen, city="Mysuru")
    again = {name: page.context["form"][name].value() for name in ("city",)}
    initial = page.context["form"].data["initial-city"]

    order.refresh_from_db()
    assert order.city == "Chennai"
    assert "Changed meanwhile to &quot;Chennai&quot;" in page.text
    assert (again["city"], initial) == ("Mysuru", "Chennai")


def test_a_correction_and_its_history_are_one_transaction(
    desk: Client, acme: NewPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order(acme.partner)

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the history cannot be written")

    monkeypatch.setattr("desk.submissions.log", fail)
    with pytest.raises(RuntimeError):
        correct(desk, order, order, city="Mysuru")

    order.refresh_from_db()
    assert order.city == "Bangalore"


@pytest.mark.parametrize(
    ("here", "proposed"),
    [
        ("assigned", "accepted"),
        ("accepted", "reached customer location"),
        ("reached customer location", "pickup done"),
        ("awaiting approval", None),
        ("part demanded", None),
        ("verified date", None),
        ("repair completed", None),
    ],
)
def test_a_decision_is_never_the_preset_status(
    desk: Client, acme: NewPartner, here: str, proposed: str | None
) -> None:
    tracking = make_tracked(acme.partner, here)

    page = desk.get(reverse(f"{ORDER}_change", args=[tracking.pk]))

    assert page.context["record_form"]["status"].value() == proposed
    assert version_of(tracking.pk) == tracking.version


def test_previews_and_sent_forms_are_cleaned_up_after_a_day(desk: Client, acme: NewPartner) -> None:
    upload(desk, ["A", "created", ""])
    tracking = make_tracked(acme.partner, "assigned")
    send(desk, "record", tracking.pk, status="accepted")

    clean_up()
    kept = SheetPreview.objects.count() + Submission.objects.count()
    with travel(timezone.now() + timedelta(hours=25)):
        clean_up()

    assert kept == 2
    assert SheetPreview.objects.count() + Submission.objects.count() == 0


def test_a_form_with_another_mistake_still_hears_of_the_change_afterwards(
    desk: Client, acme: NewPartner, colleague: User
) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    services.record(tracking.order, "accepted", by=colleague, source=ADMIN)

    form = {"version": tracking.version, "status": "accepted"}
    page = send(desk, "record", tracking.pk, at="no time", **form)

    assert f'name="version" value="{tracking.version}"' in page.text


@pytest.mark.parametrize("token", ["a/b", "../../x", "\0"])
def test_a_token_that_no_page_gives_is_refused(desk: Client, acme: NewPartner, token: str) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    form = {"orders": f"{tracking.pk}:{tracking.version}", "status": "accepted", "once": token}

    page = desk.post(reverse(f"{ORDER}_batch_record"), form)
    sheet = desk.post(reverse(f"{ORDER}_sheet_apply", args=[uuid4()]), {"once": token})

    assert "This form was incomplete" in page.text
    assert sheet.status_code == 302
    assert visible(tracking) == ["created", "assigned"]


def test_a_question_about_a_name_that_none_has_is_ignored(desk: Client, acme: NewPartner) -> None:
    form = {"orders": "", "status": "accepted", "asked": ["a\0b"]}
    assert desk.post(reverse(f"{ORDER}_batch_record"), form).status_code == 302


def test_a_form_that_is_too_large_says_so(desk: Client, acme: NewPartner) -> None:
    order = make_order(acme.partner)

    page = send(desk, "note", order.pk, text="n" * 300 * 1024)

    assert page.status_code == 413
    assert "This form is too large" in page.text
    assert not OrderNote.objects.exists()
