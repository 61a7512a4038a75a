"""Two clerks, two tabs, two clicks: nothing is dropped, and nothing is recorded twice."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserOf, OpenDesk
from tests.browser.test_desk import raise_order, started, statuses
from tests.support.service import Service
from tests.support.staff import PASSWORD, status_sheet


def test_a_clerk_sees_what_another_recorded_and_keeps_the_note(open_desk: OpenDesk, desk: Service) -> None:
    mine, reference = started(open_desk, desk)
    theirs = open_desk(mine.url.removeprefix(desk.base), user="root")
    theirs.select_option("#record select", "delivered")
    theirs.click("#record button")
    expect(theirs.locator(".desk-current")).to_contain_text("delivered")

    mine.fill("#record [name=note]", "customer calls back")
    mine.click("#record button")

    expect(mine.locator("#record [role=alert]")).to_contain_text('root recorded "delivered" on')
    expect(mine.locator("#record [name=note]")).to_have_value("customer calls back")
    assert statuses(desk, reference) == ["created", "delivered"]


def test_the_same_status_by_two_clerks_is_recorded_once(open_desk: OpenDesk, desk: Service) -> None:
    mine, reference = started(open_desk, desk)
    theirs = open_desk(mine.url.removeprefix(desk.base), user="root")

    theirs.click("#record button")
    mine.click("#record button")

    expect(mine.locator("#record [role=alert]")).to_contain_text('root recorded "assigned" on')
    assert statuses(desk, reference) == ["created", "assigned"]


def test_two_clicks_record_once(open_desk: OpenDesk, desk: Service) -> None:
    page, reference = started(open_desk, desk)
    once = page.locator("#record [name=once]").input_value()
    page.evaluate("const b = document.querySelector('#record button'); b.click(); b.click()")
    expect(page.locator(".desk-current")).to_contain_text("assigned")

    # The second click as it would come without the page's own lock, from another process.
    page.evaluate(f"document.querySelector('#record [name=once]').value = '{once}'")
    page.evaluate("document.querySelector('#record [name=version]').value = '1'")
    page.select_option("#record select", "assigned")
    page.click("#record button")

    expect(page.locator("#desk-messages")).to_contain_text("had been sent before")
    expect(page.locator(".desk-current")).to_contain_text("assigned")
    assert statuses(desk, reference) == ["created", "assigned"]


def test_a_reload_of_a_batchs_report_records_nothing(open_desk: OpenDesk, desk: Service) -> None:
    references = [raise_order(desk)[0] for _ in range(3)]
    page = open_desk("/admin/repairs/repairorder/batch/")
    page.fill("#paste textarea", "\n".join(references))
    page.click("#paste button")
    page.select_option("#batch select", "accepted")
    page.click("#batch button")
    expect(page.locator("h1.desk-title")).to_have_text("3 recorded, 0 refused")

    page.reload()

    expect(page.locator("h1.desk-title")).to_have_text("3 recorded, 0 refused")
    assert statuses(desk, references[0]) == ["created", "accepted"]


def preview(page: Page, folder: Path, reference: str) -> None:
    path = folder / f"{reference}.xlsx"
    path.write_bytes(status_sheet([reference, "created", ""]).getvalue())
    page.set_input_files("input[type=file]", path)
    page.click("#sheet button.desk-primary")
    expect(page.locator("h1.desk-title")).to_contain_text("1 to record")


def test_record_in_a_tab_records_that_tabs_sheet(open_desk: OpenDesk, desk: Service, tmp_path: Path) -> None:
    first, second = raise_order(desk)[0], raise_order(desk)[0]
    tab = open_desk("/admin/repairs/repairorder/sheet/")
    other = tab.context.new_page()
    other.goto(tab.url)
    preview(tab, tmp_path, first)
    preview(other, tmp_path, second)

    tab.click("text=Record 1 status")

    expect(tab.locator("h1.desk-title")).to_contain_text("1 recorded")
    assert (statuses(desk, first), statuses(desk, second)) == (["created"], [])
    other.close()


def test_a_session_that_ends_gives_the_text_back(open_desk: OpenDesk, desk: Service) -> None:
    page, reference = started(open_desk, desk)
    page.select_option("#record select", "accepted")
    page.fill("#record [name=note]", "half an hour of typing")
    page.context.clear_cookies(name="sessionid")

    page.click("#record button")
    page.fill("[name=username], [name=login]", "operations")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")

    expect(page.locator("#record [name=note]")).to_have_value("half an hour of typing")
    expect(page.locator("#record select")).to_have_value("accepted")
    expect(page.locator("#desk-messages")).to_contain_text("nothing was recorded")
    page.click("#record button")
    expect(page.locator(".desk-current")).to_contain_text("half an hour of typing")
    assert statuses(desk, reference) == ["created", "accepted"]


def test_a_form_from_before_another_login_says_what_to_do(
    browser_of: BrowserOf, open_desk: OpenDesk, desk: Service
) -> None:
    url = started(open_desk, desk)[0].url
    page = browser_of("operations").new_page()  # unwatched, as the browser itself complains about the 403
    page.goto(url)
    page.fill("#record [name=note]", "typed before")
    page.evaluate("document.querySelector('#record [name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")

    page.click("#record button")
    expect(page.locator("h1")).to_have_text("Nothing was recorded")
    page.get_by_role("link", name="Open the page again").click()

    expect(page.locator("#record [name=note]")).to_have_value("typed before")
    page.close()


def test_record_and_next_works_through_the_list(open_desk: OpenDesk, desk: Service) -> None:
    for _ in range(2):
        raise_order(desk)
    page = open_desk("/admin/repairs/repairorder/?status=new")
    first = page.locator("#result_list a.desk-id").nth(0).inner_text()
    page.click("#result_list a.desk-id >> nth=0")
    page.click("#start button")
    page.click("text=Record and next")

    expect(page.locator("#undo")).to_contain_text(first)
    expect(page.locator(".desk-summary small").first).not_to_have_text(first)
    page.click("#undo button")
    expect(page.locator("#desk-messages")).to_contain_text(f'Undid "assigned" of {first}')
    page.click("text=Back to the list")
    assert page.url == f"{desk.base}/admin/repairs/repairorder/?status=new"
