"""The desk as a clerk uses it, in a browser."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import requests
from openpyxl import Workbook
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import BrowserOf, OpenDesk, log_in
from tests.support.orders import an_order
from tests.support.service import Service

_numbers: Iterator[int] = count(1)


def raise_order(desk: Service, **changes: str) -> tuple[str, str]:
    """An order through the API; its reference and request ID."""
    reference = f"DESK-{next(_numbers)}"
    answer = requests.post(
        f"{desk.base}/api/warrantify/repair/single-order/",
        json=an_order(repair_ref_no=reference, **changes),
        headers={"Authorization": f"Bearer {desk.token()}"},
        timeout=20,
    )
    return reference, str(answer.json()["DATA"]["request_id"])


def statuses(desk: Service, reference: str) -> list[str]:
    """What the partner sees."""
    answer = requests.get(
        f"{desk.base}/api/warrantify/claim/tracking/",
        {"ReferenceID": reference},
        headers={"X-API-Key": desk.api_key},
        timeout=20,
    )
    return [entry["status"] for entry in answer.json()["DATA"]["tracking_details"]]


def open_order(open_desk: OpenDesk, request_id: str) -> Page:
    return open_desk(f"/admin/repairs/repairorder/find/?q={request_id}")


def started(open_desk: OpenDesk, desk: Service) -> tuple[Page, str]:
    reference, request_id = raise_order(desk)
    page = open_order(open_desk, request_id)
    page.click("#start button")
    expect(page.locator(".desk-timeline")).to_contain_text("created")
    return page, reference


def test_staff_log_in(chromium: Browser, desk: Service) -> None:
    context = chromium.new_context()
    page = context.new_page()

    log_in(page, desk.base, "operations")

    expect(page.locator("h1")).to_contain_text("Dashboard")
    context.close()


def test_the_slash_key_finds_an_order_from_every_page(open_desk: OpenDesk, desk: Service) -> None:
    _, request_id = raise_order(desk, CustomerMobile="9123456780")
    page = open_desk("/admin/repairs/repairorder/sheet/")

    page.keyboard.press("/")
    page.keyboard.type("+91 91234 56780")
    page.keyboard.press("Enter")

    expect(page.locator("h1.desk-title")).to_contain_text(request_id)


def test_a_pasted_column_is_searched_line_by_line(open_desk: OpenDesk, desk: Service) -> None:
    references = [raise_order(desk)[0] for _ in range(2)]
    page = open_desk()
    page.keyboard.press("/")

    pasted = "\n".join([*references, *(f"NOBODY-{number:04}" for number in range(500))])
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text", text);
            const paste = new ClipboardEvent("paste", {clipboardData: data, cancelable: true, bubbles: true});
            document.activeElement.dispatchEvent(paste);
        }""",
        pasted,
    )
    page.keyboard.press("Enter")

    expect(page.locator("#found a.desk-id")).to_have_count(2)
    expect(page.locator(".desk-warning")).to_contain_text("No order has 500 of them")


def test_tracking_starts_with_one_press(open_desk: OpenDesk, desk: Service) -> None:
    _, reference = started(open_desk, desk)

    assert statuses(desk, reference) == ["created"]


def test_a_status_is_recorded_from_the_keyboard(open_desk: OpenDesk, desk: Service) -> None:
    page, reference = started(open_desk, desk)

    expect(page.locator("#record select")).to_be_focused()
    page.keyboard.press("Tab")
    page.press("#record [name=note]", "Enter")
    expect(page.locator(".desk-timeline .desk-current")).to_contain_text("assigned")

    assert statuses(desk, reference) == ["created", "assigned"]


def test_a_mistake_is_voided_with_a_reason(open_desk: OpenDesk, desk: Service) -> None:
    page, reference = started(open_desk, desk)
    page.click("#record button")

    page.click(".desk-current summary")
    page.fill(".desk-current input[name=reason]", "wrong order")
    page.click(".desk-current form button")

    expect(page.locator(".desk-voided")).to_contain_text("wrong order")
    assert statuses(desk, reference) == ["created"]


def test_a_batch_by_pasted_references(open_desk: OpenDesk, desk: Service) -> None:
    first, second = raise_order(desk), raise_order(desk)
    page = open_desk("/admin/repairs/repairorder/batch/")

    page.fill("textarea", f"{first[0]}\n{second[1]}, NOBODYS")
    page.click("#paste button")
    expect(page.locator(".desk-warning")).to_contain_text("NOBODYS")
    page.select_option("#batch select", "assigned")
    page.click("#batch button")

    expect(page.locator("h1.desk-title")).to_have_text("2 recorded, 0 refused")
    assert statuses(desk, first[0]) == statuses(desk, second[0]) == ["created", "assigned"]


def test_a_list_that_is_too_large_is_given_back(desk: Service, browser_of: BrowserOf) -> None:
    page = browser_of("operations").new_page()
    page.goto(f"{desk.base}/admin/repairs/repairorder/batch/")
    text = "संदर्भ\n" * 10_000  # nine bytes a letter on the way
    page.locator("textarea").evaluate("(field, text) => field.value = text", text)

    page.click("#paste button")
    expect(page.locator("h1.desk-title")).to_have_text("This form is too large")
    page.click("text=Back to the form")

    expect(page.locator("textarea")).to_have_value(text)
    page.close()


def test_ticked_orders_are_recorded_together(open_desk: OpenDesk, desk: Service) -> None:
    references = [raise_order(desk)[0] for _ in range(2)]
    page = open_desk(f"/admin/repairs/repairorder/?q={','.join(references)}")

    for box in page.locator("input.action-select[name=_selected_action]").all():
        box.check()
    page.select_option("select[name=action]", "record_status")
    page.click("#changelist-actions-wrapper button[type=submit]")
    page.select_option("#batch select", "accepted")
    page.click("#batch button")

    expect(page.locator("h1.desk-title")).to_have_text("2 recorded, 0 refused")


def test_a_sheet_is_previewed_before_it_is_applied(
    open_desk: OpenDesk, desk: Service, tmp_path: Path
) -> None:
    reference, _ = raise_order(desk)
    book = Workbook()
    assert book.active is not None
    for row in (["Reference", "Status", "Date"], [reference, "created", ""], ["NOBODYS", "assigned", ""]):
        book.active.append(row)
    book.save(tmp_path / "statuses.xlsx")
    page = open_desk("/admin/repairs/repairorder/sheet/")

    page.set_input_files("input[type=file]", tmp_path / "statuses.xlsx")
    page.click("#sheet button[type=submit], #sheet button.desk-primary")
    expect(page.locator("h1.desk-title")).to_contain_text("1 to record, 1 refused")
    assert statuses(desk, reference) == []

    page.click("text=Record 1 status")
    expect(page.locator("h1.desk-title")).to_have_text("Status sheet statuses.xlsx: 1 recorded, 1 refused")
    assert statuses(desk, reference) == ["created"]


def test_an_issued_key_is_seen_once_and_works(open_desk: OpenDesk, desk: Service) -> None:
    page = open_desk("/admin/partners/partner/", user="partner-managers")
    page.click("text=Live")
    page.click("text=Issue key")
    page.click("#desk-form button")

    key = page.locator(".desk-secret").inner_text()
    template = f"{desk.base}/api/warrantify/sample-template/"
    assert requests.get(template, headers={"X-API-Key": key}, timeout=20).status_code == 200
    page.reload()
    expect(page.locator(".desk-secret")).to_have_count(0)


COUNT = """
import json
from django.db.models import Q
from django.utils import timezone
from repairs.models import RepairOrder
from tracking.models import OrderTracking
step = lambda who: OrderTracking.objects.filter(is_closed=False, current_step__waiting_on=who).count()
ours = OrderTracking.objects.filter(is_closed=False, current_step__waiting_on="us")
today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
late = sum(
    (timezone.now() - t.current_since).total_seconds() > 3600 * t.current_step.expected_hours
    for t in ours.select_related("current_step")
)
new = RepairOrder.objects.filter(started_at=None, partner__is_sandbox=False)
late += sum((timezone.now() - order.created_at).total_seconds() > 3600 * 4 for order in new)
print(json.dumps({
    "New": new.count(),
    "Waiting for us": step("us"),
    "Waiting for the customer": step("customer"),
    "Waiting for approval": step("approval"),
    "Estimate declined": 0,
    "Waiting for parts": step("parts"),
    "Late": late,
    "Delivered today": OrderTracking.objects.filter(is_closed=True, current_since__gte=today).count(),
}))
"""


def test_the_dashboards_figures_match_the_database(open_desk: OpenDesk, desk: Service) -> None:
    page = open_desk()
    shown = {
        card.locator("span").inner_text(): int(card.locator("strong").inner_text())
        for card in page.locator(".desk-figure").all()
    }

    assert shown == json.loads(desk.manage("shell", "--verbosity", "0", "-c", COUNT).stdout)


def test_a_figure_leads_to_its_list(open_desk: OpenDesk, desk: Service) -> None:
    page = open_desk()
    card = page.locator(".desk-figure", has_text="Waiting for us")
    figure = int(card.locator("strong").inner_text())

    card.click()

    expect(page.locator("#result_list a.desk-id")).to_have_count(min(figure, 50))


@pytest.mark.parametrize(
    ("user", "path"),
    [
        ("operations", "/admin/partners/partner/"),
        ("operations", "/admin/partners/apikey/"),
        ("partner-managers", "/admin/repairs/repairorder/"),
        ("partner-managers", "/admin/repairs/repairorder/batch/"),
        ("auditors", "/admin/repairs/repairorder/batch/"),
        ("auditors", "/admin/partners/partner/add/"),
    ],
)
def test_a_group_is_refused_what_it_must_not_do(
    desk: Service, browser_of: BrowserOf, user: str, path: str
) -> None:
    page = browser_of(user).new_page()

    answer = page.goto(desk.base + path)

    assert answer is not None
    assert answer.status == 403
    expect(page.locator("h1")).to_have_text("Not allowed")
    page.close()


PAGES = (
    "/admin/",
    "/admin/repairs/repairorder/",
    "/admin/repairs/repairorder/1/change/",
    "/admin/repairs/repairorder/1/correct/",
    "/admin/repairs/repairorder/1/history/",
    "/admin/repairs/repairorder/batch/",
    "/admin/repairs/repairorder/sheet/",
    "/admin/repairs/repairorder/find/?q=kumar,nobody",
    "/admin/repairs/repairorder/find/?q=REPAIR2",
    "/admin/repairs/bulkupload/",
    "/admin/repairs/bulkupload/1/change/",
    "/admin/partners/partner/",
    "/admin/partners/partner/add/",
    "/admin/partners/partner/1/change/",
    "/admin/partners/apikey/",
    "/admin/partners/user/",
    "/admin/partners/user/1/change/",
    "/admin/tracking/workflowstep/",
    "/admin/admin/logentry/",
    "/admin/repairs/repairorder/?late=1",
    "/admin/repairs/repairorder/1/change/?list=late%3D1",
    "/admin/partners/partner/1/issue-key/",
    "/admin/partners/partner/1/add-user/",
    "/admin/partners/apikey/1/rotate/",
    "/admin/partners/apikey/1/expire/",
    "/admin/partners/apikey/1/revoke/",
    "/admin/partners/user/add/",
    "/admin/partners/failedlogin/",
    "/admin/password_change/",
    "/admin/outbox/message/",
    "/admin/outbox/message/1/change/",
    "/admin/auth/group/",
    "/admin/auth/group/1/change/",
    "/admin/webhooks/webhook/",
    "/admin/webhooks/webhook/1/change/",
    "/admin/partners/partner/1/approver/",
    "/admin/repairs/repairorder/1/estimate/",
    "/admin/repairs/repairorder/1/job-sheet/",
    "/admin/repairs/repairorder/work/",
    "/admin/repairs/repairorder/work/1/",
    "/admin/repairs/repairorder/sheet/00000000-0000-0000-0000-000000000001/",
    "/admin/repairs/repairorder/report/report-of-a-sheet/",
    "/admin/account/",
    "/admin/account/2fa/",
    "/admin/account/users/2/",
)
