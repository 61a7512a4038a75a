"""Swagger UI in a real browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.orders import an_order
from tests.support.processes import ROOT
from tests.support.service import Service

TEMPLATE = ROOT / "templates_xlsx" / "repair_template.xlsx"


class Explorer:
    """The page, its console errors, and the addresses it asked for."""

    def __init__(self, page: Page, service: Service) -> None:
        self.page, self.service = page, service
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.goto(f"{service.base}/api/warrantify/docs/")
        page.wait_for_selector(".opblock")

    def authorize(self) -> None:
        self.page.click(".btn.authorize")
        self.page.fill("#api_key_value", self.service.api_key)
        self.page.fill("#auth-bearer-value", self.service.token())
        for left in (1, 0):
            self.page.locator(".auth-container button.authorize").first.click()
            expect(self.page.locator(".auth-container button.authorize")).to_have_count(left)
        self.page.click(".btn-done")

    def open(self, operation: str) -> Locator:
        block = self.page.locator(f"#operations-{operation}")
        block.locator(".opblock-summary-control").click()
        block.locator(".btn.execute").wait_for()
        return block

    def run(self, block: Locator) -> str:
        """Executes the request; the status code of the live answer."""
        block.locator(".btn.execute").click()
        answer = block.locator(".live-responses-table tbody .response-col_status").first
        answer.wait_for()
        return answer.inner_text().split()[0]

    def shoot(self, name: str) -> None:
        if folder := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    """Keeps Swagger UI's files from page to page."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})
    yield context
    context.close()


@pytest.fixture
def explorer(browser: BrowserContext, live: Service) -> Iterator[Explorer]:
    page = browser.new_page()
    yield Explorer(page, live)
    page.close()


def test_it_asks_no_other_host(explorer: Explorer) -> None:
    explorer.shoot("explorer")
    foreign = [url for url in explorer.asked if not url.startswith((explorer.service.base, "data:"))]
    assert foreign == []
    assert explorer.errors == []


def test_a_token_can_be_fetched(explorer: Explorer) -> None:
    block = explorer.open("Credentials-token")
    login = f'{{"username": "{explorer.service.username}", "password": "{explorer.service.password}"}}'
    block.locator("textarea.body-param__text").fill(login)
    assert explorer.run(block) == "200"


def test_an_order_can_be_raised_as_the_example_stands(explorer: Explorer) -> None:
    explorer.authorize()
    block = explorer.open("Orders-single_order")
    assert explorer.run(block) in ("200", "409")
    explorer.shoot("explorer-order")


def test_a_workbook_can_be_uploaded(explorer: Explorer) -> None:
    explorer.authorize()
    block = explorer.open("Orders-bulk_order")
    block.get_by_placeholder("Client Email").fill("repairs@example.com")
    block.get_by_placeholder("Client Name").fill("Acme Devices")
    block.locator("input[type=file]").set_input_files(TEMPLATE)
    assert explorer.run(block) == "200"
    explorer.shoot("explorer-upload")


def test_the_template_can_be_downloaded(explorer: Explorer, tmp_path: Path) -> None:
    explorer.authorize()
    block = explorer.open("Orders-sample_template")
    assert explorer.run(block) == "200"
    with explorer.page.expect_download() as download:
        block.get_by_text("Download file").click()
    download.value.save_as(tmp_path / "template.xlsx")
    assert (tmp_path / "template.xlsx").read_bytes() == TEMPLATE.read_bytes()


@pytest.mark.parametrize("operation", ["Tracking-tracking", "Tracking-tracking_batch"])
def test_an_order_can_be_tracked(explorer: Explorer, operation: str) -> None:
    service = explorer.service
    url = f"{service.base}/api/warrantify/repair/single-order/"
    headers = {"Authorization": f"Bearer {service.token()}"}
    requests.post(url, json=an_order(repair_ref_no="EXPLORED-1"), headers=headers, timeout=10)
    explorer.authorize()
    block = explorer.open(operation)
    if operation.endswith("batch"):
        block.get_by_role("button", name="Add string item").click()
        block.locator(".json-schema-array input").fill("EXPLORED-1")
    else:
        block.get_by_placeholder("ReferenceID").fill("EXPLORED-1")
    assert explorer.run(block) == "200"
    assert "No tracking information available" in block.locator(".live-responses-table").inner_text()
