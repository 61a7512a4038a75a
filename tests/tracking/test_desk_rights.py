"""Page by group: who gets in, and who is refused."""

from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from partners.models import ApiKey, Partner, User
from partners.services import NewPartner
from repairs.models import BulkUpload, RepairOrder
from tests.support.staff import GROUPS, at_desk, staff
from tests.support.tracked_orders import make_order, make_tracked
from tracking.models import OrderTracking, TrackingEvent

OPERATIONS, MANAGERS, AUDITORS, LEADS = GROUPS
READERS = {OPERATIONS, AUDITORS}
ALL = set(GROUPS)

# URL name, which row it is about, method, who gets in.
PAGES = [
    ("index", None, "get", ALL),
    ("repairs_repairorder_changelist", None, "get", READERS),
    ("repairs_repairorder_change", "order", "get", READERS),
    ("repairs_repairorder_history", "order", "get", READERS),
    ("repairs_repairorder_export", None, "get", READERS),
    ("repairs_repairorder_find", None, "get", READERS),
    ("repairs_repairorder_find", None, "post", READERS),
    ("repairs_repairorder_add", None, "get", set()),
    ("repairs_repairorder_delete", "order", "get", set()),
    ("repairs_repairorder_start", "new", "post", {OPERATIONS}),
    ("repairs_repairorder_record", "order", "post", {OPERATIONS}),
    ("repairs_repairorder_void", "event", "post", {OPERATIONS}),
    ("repairs_repairorder_workflow", "order", "post", {OPERATIONS}),
    ("repairs_repairorder_correct", "order", "get", {OPERATIONS}),
    ("repairs_repairorder_correct", "order", "post", {OPERATIONS}),
    ("repairs_repairorder_job_sheet", "order", "get", READERS),
    ("repairs_repairorder_sheet_template", None, "get", {OPERATIONS}),
    ("repairs_repairorder_note", "order", "post", {OPERATIONS}),
    ("repairs_repairorder_files", "order", "post", {OPERATIONS}),
    ("repairs_repairorder_assign", "order", "post", {OPERATIONS}),
    ("repairs_repairorder_assign_many", None, "post", {OPERATIONS}),
    ("repairs_repairorder_batch", None, "get", {OPERATIONS}),
    ("repairs_repairorder_batch", None, "post", {OPERATIONS}),
    ("repairs_repairorder_batch_record", None, "post", {OPERATIONS}),
    ("repairs_repairorder_sheet", None, "get", {OPERATIONS}),
    ("repairs_repairorder_sheet_preview", "sheet", "get", {OPERATIONS}),
    ("repairs_repairorder_sheet_apply", "sheet", "post", {OPERATIONS}),
    ("repairs_repairorder_report", "report", "get", {OPERATIONS}),
    ("repairs_bulkupload_changelist", None, "get", READERS),
    ("repairs_bulkupload_change", "upload", "get", READERS),
    ("repairs_bulkupload_workbook", "upload", "get", READERS),
    ("repairs_bulkupload_resend", "upload", "post", {OPERATIONS}),
    ("partners_partner_changelist", None, "get", {MANAGERS, AUDITORS}),
    ("partners_partner_change", "partner", "get", {MANAGERS, AUDITORS}),
    ("partners_partner_change", "partner", "post", {MANAGERS}),
    ("partners_partner_add", None, "get", {MANAGERS}),
    ("partners_partner_add", None, "post", {MANAGERS}),
    ("partners_partner_delete", "partner", "post", set()),
    ("partners_partner_issue_key", "partner", "post", {MANAGERS}),
    ("partners_partner_add_user", "partner", "post", {MANAGERS}),
    ("partners_apikey_changelist", None, "get", {MANAGERS, AUDITORS}),
    ("partners_apikey_rotate", "key", "post", {MANAGERS}),
    ("partners_apikey_expire", "key", "post", {MANAGERS}),
    ("partners_apikey_revoke", "key", "post", {MANAGERS}),
    ("partners_user_changelist", None, "get", {MANAGERS, AUDITORS}),
    ("partners_user_change", "user", "post", {MANAGERS}),
    ("partners_user_add", None, "get", set()),
    ("tracking_workflowstep_changelist", None, "get", READERS),
    ("admin_logentry_changelist", None, "get", {AUDITORS}),
    ("auth_group_changelist", None, "get", {AUDITORS}),
]


@pytest.fixture
def rows(acme: NewPartner) -> dict[str, list[object]]:
    tracking = make_tracked(acme.partner, "assigned")
    upload = BulkUpload.objects.create(
        partner=acme.partner, file_name="a.xlsx", file_size=1, sha256="0", client_email="a@example.com"
    )
    event = tracking.events.last()
    assert event is not None
    return {
        "order": [tracking.pk],
        "new": [make_order(acme.partner, "REP10002").pk],
        "event": [tracking.pk, event.pk],
        "upload": [upload.pk],
        "partner": [acme.partner.pk],
        "user": [acme.user.pk],
        "key": [ApiKey.objects.get().pk],
        "sheet": [uuid4()],
        "report": ["0" * 32],
    }


def ask(client: Client, name: str, args: list[object], method: str) -> HttpResponse:
    answer: HttpResponse = getattr(client, method)(reverse(f"admin:{name}", args=args))
    return answer


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page[2]}-{page[0]}")
def test_a_page_opens_to_its_groups_only(
    rows: dict[str, list[object]], page: tuple[str, str | None, str, set[str]]
) -> None:
    name, row, method, allowed = page

    codes = {
        group: ask(at_desk(group), name, rows[row] if row else [], method).status_code for group in GROUPS
    }

    # Leads may all that operations may.
    let_in = allowed | ({LEADS} if OPERATIONS in allowed else set())
    assert {group for group, code in codes.items() if code != 403} == let_in
    assert set(codes.values()) <= {200, 302, 403}


def test_nobody_gets_in_without_logging_in(rows: dict[str, list[object]]) -> None:
    for name, row, method, _ in PAGES:
        answer = ask(Client(), name, rows[row] if row else [], method)

        assert answer.status_code == 302, name
        assert reverse("admin:login") in answer["Location"]


def test_auditors_write_nothing(rows: dict[str, list[object]]) -> None:
    auditor = at_desk("Auditors")
    models = (RepairOrder, OrderTracking, TrackingEvent, Partner, ApiKey)
    before = [list(model._default_manager.order_by("pk").values()) for model in models]

    for name, row, _, _ in PAGES:
        ask(auditor, name, rows[row] if row else [], "post")

    assert [list(model._default_manager.order_by("pk").values()) for model in models] == before


def test_a_partner_manager_cannot_touch_staff(rows: dict[str, list[object]]) -> None:
    root = staff(None)

    answer = at_desk("Partner managers").post(
        reverse("admin:partners_user_change", args=[root.pk]), {"username": "mine"}
    )

    assert answer.status_code in (302, 403)
    assert User.objects.get(pk=root.pk).username == "root"


def test_a_partner_manager_cannot_make_a_partner_login_staff(acme: NewPartner) -> None:
    form = {"username": "acme", "is_active": "on", "is_staff": "on", "is_superuser": "on"}

    at_desk("Partner managers").post(reverse("admin:partners_user_change", args=[acme.user.pk]), form)

    acme.user.refresh_from_db()
    assert (acme.user.is_staff, acme.user.is_superuser) == (False, False)


def test_a_partner_login_does_not_open_the_desk(acme: NewPartner) -> None:
    client = Client()
    client.force_login(acme.user)

    assert client.get(reverse("admin:index")).status_code == 302


def test_auditors_see_no_buttons(rows: dict[str, list[object]]) -> None:
    page = at_desk("Auditors").get(reverse("admin:repairs_repairorder_change", args=rows["order"]))

    for word in ("Record status", "Correct data", "Change workflow", "Void"):
        assert word not in page.text
