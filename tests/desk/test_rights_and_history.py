"""Who may what on the desk beyond the pages, and what the history tells."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import ApiKey, User
from partners.services import NewPartner
from tests.support.staff import at_desk, staff
from tests.support.tracked_orders import make_tracked
from tracking.models import OrderTracking, WorkflowStep

STEPS = "admin:tracking_workflowstep_changelist"
HISTORY = "admin:admin_logentry_changelist"


def set_hours(desk: Client, step: WorkflowStep, hours: str) -> int:
    steps = WorkflowStep.objects.order_by("workflow__position", "position")
    form = {"form-TOTAL_FORMS": str(len(steps)), "form-INITIAL_FORMS": str(len(steps)), "_save": "Save"}
    for number, row in enumerate(steps):
        form[f"form-{number}-id"] = str(row.pk)
        form[f"form-{number}-expected_hours"] = hours if row == step else str(row.expected_hours or "")
    return int(desk.post(reverse(STEPS), form).status_code)


def test_expected_hours_decide_what_is_late(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    OrderTracking.objects.filter(pk=tracking.pk).update(current_since=timezone.now() - timedelta(hours=5))
    lead = at_desk("Leads")

    set_hours(lead, tracking.current_step, "6")

    page = lead.get(reverse("admin:repairs_repairorder_changelist"), {"late": "1"})
    assert page.context["cl"].result_list == []
    assert LogEntry.objects.get().change_message == 'Expected hours: "4" → "6"'


def test_only_a_lead_changes_expected_hours(acme: NewPartner) -> None:
    step = make_tracked(acme.partner, "assigned").current_step

    set_hours(at_desk("Operations"), step, "6")

    step.refresh_from_db()
    assert step.expected_hours == 4


def test_auditors_see_staff_groups_and_failed_logins(db: None) -> None:
    staff("Operations")
    auditor = at_desk("Auditors")

    users = auditor.get(reverse("admin:partners_user_changelist")).text
    groups = auditor.get(reverse("admin:auth_group_changelist")).text

    assert ">operations<" in users
    assert "Partner managers" in groups
    assert auditor.get(reverse("admin:partners_failedlogin_changelist")).status_code == 200


def test_the_history_holds_old_and_new_values_of_a_partner(acme: NewPartner) -> None:
    form = {"name": "Acme India", "email": "acme@example.com", "is_active": "on"}

    at_desk("Partner managers").post(reverse("admin:partners_partner_change", args=[acme.partner.pk]), form)

    assert LogEntry.objects.get().change_message == 'Name: "Acme" → "Acme India"'


def test_the_history_holds_exports_without_the_search(acme: NewPartner) -> None:
    url = reverse("admin:repairs_repairorder_export")

    b"".join(at_desk("Operations").get(url, {"format": "csv", "late": "1", "q": "9876543210"}))

    assert LogEntry.objects.get().change_message == "Exported as CSV: late=1, q=...."


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"action_done": "Voided"}, ["Voided x"]),
        ({"q": "REPAIR1"}, ["Recorded y"]),
        ({"action_time_to": "2000-01-01"}, []),
        ({"action_time_to": "9999-12-31"}, ["Voided x", "Recorded y"]),
        ({"user": "x" * 5000}, ["Voided x", "Recorded y"]),
    ],
)
def test_the_history_is_filtered(db: None, query: dict[str, str], expected: list[str]) -> None:
    user = User.objects.create_user("clerk", is_staff=True)
    for order, what in (("REPAIR1", "Recorded y"), ("REPAIR2", "Voided x")):
        LogEntry.objects.create(user=user, action_flag=2, object_repr=order, change_message=what)

    page = at_desk("Auditors").get(reverse(HISTORY), query)

    assert [entry.change_message for entry in page.context["cl"].result_list] == expected


def test_keys_of_a_deactivated_partner_do_not_look_usable(acme: NewPartner) -> None:
    acme.partner.is_active = False
    acme.partner.save()

    assert ApiKey.objects.get().state() == "deactivated"
    page = at_desk("Partner managers").get(reverse("admin:partners_partner_changelist"))
    assert [partner.key_count for partner in page.context["cl"].result_list] == [0]


def test_a_keys_end_in_the_past_is_refused(acme: NewPartner) -> None:
    key = ApiKey.objects.get()

    page = at_desk("Partner managers").post(
        reverse("admin:partners_apikey_expire", args=[key.pk]), {"expires_at": "2026-01-01T00:00"}
    )

    key.refresh_from_db()
    assert "This is in the past." in page.text
    assert key.expires_at is None
