"""Estimates in a browser: raised by a clerk, decided by a customer on a phone without scripts."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.axe import ANY, violations
from tests.browser.conftest import OpenDesk
from tests.browser.test_desk import raise_order, statuses
from tests.support.service import Service

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PHONE: ViewportSize = {"width": 390, "height": 844}
WAIT = """
from django.core.management import call_command
from estimates import links
from estimates.models import Estimate
call_command("raise_estimate", {0!r}, "--line", "part:Battery 97 Wh:1:6850.50")
call_command("record_status", {0!r}, "awaiting approval")
estimate = Estimate.objects.get(order__request_id={0!r}, is_current=True)
print("link", links.create(estimate, Estimate.Door.CUSTOMER_LINK))
"""


def waiting(desk: Service) -> tuple[str, str]:
    """The reference of an order whose estimate waits, and the path of its approval link."""
    reference, request_id = raise_order(desk)
    printed = desk.manage("shell", "-c", WAIT.format(request_id)).stdout
    return reference, "/estimate/" + printed.partition("/estimate/")[2].strip()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A phone whose browser runs no script."""
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_a_customer_declines_and_then_sees_that_it_is_decided(phone: Page, desk: Service) -> None:
    reference, path = waiting(desk)
    phone.goto(desk.base + path)
    phone.fill("[name=decided_by]", "Amit Patel")
    phone.click("button.decline")
    expect(phone.locator("[role=alert]")).to_contain_text("Please write why you decline.")
    expect(phone.locator("[name=decided_by]")).to_have_value("Amit Patel")
    phone.fill("[name=reason]", "Too expensive")
    phone.click("button.decline")
    expect(phone.locator("h2")).to_have_text("Declined")
    assert statuses(desk, reference)[-1] == "awaiting approval"


def test_a_customer_approves(phone: Page, desk: Service) -> None:
    reference, path = waiting(desk)
    phone.goto(desk.base + path)
    phone.fill("[name=decided_by]", "Amit Patel")
    phone.click("text=Approve INR 8,083.59")
    expect(phone.locator("h2")).to_have_text("Approved")
    assert statuses(desk, reference)[-1] == "approved"


def test_the_page_is_accessible_and_fits_a_phone(chromium: Browser, desk: Service) -> None:
    _, path = waiting(desk)
    page = chromium.new_page(viewport=PHONE)
    page.goto(desk.base + path)
    page.click("button.decline")  # with its errors shown
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert violations(page, ANY) == [], scheme
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.context.close()


def test_a_clerk_adds_lines_in_place_and_sees_the_sums(open_desk: OpenDesk, desk: Service) -> None:
    reference, request_id = raise_order(desk)
    page = open_desk(f"/admin/repairs/repairorder/find/?q={request_id}")
    page.click("text=Raise estimate")
    page.click("#add-line")
    expect(page.locator("[name=description]")).to_have_count(4)
    for number, (text, quantity, price) in enumerate(
        [("Battery", "1", "123456.78"), ("Work", "0.333", "100")]
    ):
        page.locator("[name=description]").nth(number).fill(text)
        page.locator("[name=quantity]").nth(number).fill(quantity)
        page.locator("[name=unit_price]").nth(number).fill(price)
    expect(page.locator("#total")).to_have_text("1,45,718.29")
    page.click("button.desk-primary")
    expect(page.locator("#estimates")).to_contain_text("INR 1,45,718.29")
    assert statuses(desk, reference)[-1] == "estimation raised"
