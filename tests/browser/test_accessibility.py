"""The desk for every hand and eye: axe-core, the keyboard, narrow windows, long texts, light first visits."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import COLOURS, faults, overflow, violations
from tests.browser.conftest import BrowserOf, OpenDesk, log_in, show, watched
from tests.browser.test_desk import PAGES
from tests.support.service import Service


@pytest.fixture(scope="module")
def window(desk: Service, browser_of: BrowserOf) -> Iterator[tuple[Page, list[str]]]:
    """One window for all pages, into which axe-core comes with each, and what they complained about."""
    complaints: list[str] = []
    page = watched(browser_of("root").new_page(), desk.base, complaints)
    page.add_init_script(AXE_SCRIPT)
    yield page, complaints
    page.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_suits_every_eye_and_window(window: tuple[Page, list[str]], desk: Service, path: str) -> None:
    page, complaints = window
    complaints.clear()
    # Each scheme asks for a load, as Unfold looks at it once; each width is loaded once and turned to once.
    show(page, desk.base + path, 1280, "light")
    assert faults(page, (1280, 390)) == []
    show(page, desk.base + path, 390, "dark")
    assert faults(page, (390, 1280), COLOURS) == []
    assert complaints == []


def test_axe_finds_nothing_serious_in_a_batch(open_desk: OpenDesk) -> None:
    page = open_desk("/admin/repairs/repairorder/?status=open", user="root")
    page.locator("input.action-select[name=_selected_action]").first.check()
    page.select_option("select[name=action]", "record_status")
    page.click("#changelist-actions-wrapper button[type=submit]")

    expect(page.locator("#batch")).to_be_visible()
    assert violations(page) == []


LONG = """
from repairs.models import RepairOrder
RepairOrder.objects.filter(pk=3).update(
    repair_ref_no="R" * 100, customer_name="N" * 200, model="M" * 100, imei_no="9" * 100, city="C" * 100,
    address_line1="A" * 500, issue="I" * 2000, customer_email="e" * 60 + "@" + "d" * 60 + ".example",
)
"""


@pytest.fixture(scope="session")
def _long_texts(desk: Service) -> None:
    """An order with the longest text in every field."""
    assert desk.manage("shell", "--verbosity", "0", "-c", LONG).returncode == 0


@pytest.mark.usefixtures("_long_texts")
@pytest.mark.parametrize("width", [1280, 390])
def test_long_texts_break_no_page(open_desk: OpenDesk, desk: Service, width: int) -> None:
    page = open_desk(user="root", width=width)

    for path in (
        "/admin/repairs/repairorder/",
        f"/admin/repairs/repairorder/?q={'R' * 100}",
        "/admin/repairs/repairorder/3/change/",
        "/admin/repairs/repairorder/3/correct/",
        "/admin/repairs/repairorder/3/history/",
    ):
        page.goto(desk.base + path)
        assert overflow(page) <= 0, path


@pytest.mark.usefixtures("_long_texts")
def test_a_cut_off_text_is_whole_on_focus(open_desk: OpenDesk) -> None:
    page = open_desk(f"/admin/repairs/repairorder/?q={'R' * 100}")
    name = page.locator(".desk-two span", has_text="NNN")
    before = name.bounding_box()

    name.locator("xpath=..").focus()

    after = name.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] > before["height"]


def test_filters_and_user_menu_work_by_keyboard(open_desk: OpenDesk) -> None:
    page = open_desk("/admin/repairs/repairorder/")

    page.keyboard.press("Tab")
    expect(page.locator(".desk-skip")).to_be_focused()
    page.get_by_role("button", name="Filters").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#changelist-filter")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#changelist-filter")).to_be_hidden()
    page.get_by_role("button", name="operations").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()


def test_errors_are_tied_to_their_fields(open_desk: OpenDesk) -> None:
    page = open_desk("/admin/repairs/repairorder/2/correct/")

    page.fill("[name=pincode]", "56")
    page.click("#desk-form button[type=submit]")

    field = page.locator("[name=pincode]")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert "id_pincode_error" in str(field.get_attribute("aria-describedby"))
    expect(page.locator("#id_pincode_error")).to_contain_text("Give exactly 6 digits.")


def test_boxes_and_lateness_have_words(open_desk: OpenDesk) -> None:
    page = open_desk("/admin/repairs/repairorder/?late=1")

    names = page.locator("input.action-select").evaluate_all("boxes => boxes.map(box => box.ariaLabel)")
    assert all("REPAIR" in name for name in names)
    assert page.locator("#result_list tr.data-row").count() == page.locator("#result_list .desk-late").count()


def test_a_first_visit_weighs_less_than_350_kb(chromium: Browser, desk: Service) -> None:
    """Log-in, dashboard and list: files as they travel, pages as nginx compresses them."""
    context = chromium.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    urls: dict[str, str] = {}
    files: dict[str, int] = {}

    def finished(event: Any) -> None:
        if "/static/" in (url := urls[event["requestId"]]):
            files[url] = max(files.get(url, 0), int(event["encodedDataLength"]))

    session.on("Network.responseReceived", lambda e: urls.update({e["requestId"]: e["response"]["url"]}))
    session.on("Network.loadingFinished", finished)
    log_in(page, desk.base, "operations")
    pages = len(gzip.compress(page.content().encode()))
    page.goto(f"{desk.base}/admin/repairs/repairorder/")
    page.wait_for_load_state("networkidle")
    pages += len(gzip.compress(page.content().encode()))
    context.close()

    assert len(files) > 10
    assert sum(files.values()) + pages < 350_000
