"""Swagger UI in a real browser."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.live import Service

CHROMIUM = shutil.which("chromium")
# Playwright's sync interface runs a loop, in which Django would refuse the ORM; no test here uses it.
pytestmark = [
    pytest.mark.xdist_group("portal"),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("REQUIRE_CHROMIUM"), reason="chromium is not installed"
    ),
]


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1280, "height": 1000})
        browser.close()


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_the_explorer_asks_no_other_host(portal: Service, page: Page) -> None:
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{portal.base}/api/warrantify/docs/")
    page.wait_for_selector(".opblock")
    shoot(page, "explorer")
    assert {url.split("/api")[0].split("/static")[0] for url in asked if url.startswith("http")} == {
        portal.base
    }
    assert errors == []
