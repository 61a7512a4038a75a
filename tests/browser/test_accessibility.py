"""The desk for every hand and eye: axe-core, the keyboard, narrow windows, long texts, light first visits."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import OpenDesk
from tests.browser.test_desk import PAGES
from tests.support.service import Service

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("desk")]

BAD = ("critical", "serious")


def violations(page: Any) -> list[str]:
    """What axe-core finds wrong: page, rule, and the first elements that it is about."""
    rules = [rule for rule in Axe().run(page).response["violations"] if rule["impact"] in BAD]
    return [
        f"{page.url}: {rule['id']}: {[node['html'][:200] for node in rule['nodes'][:3]]}" for rule in rules
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(open_desk: OpenDesk, desk: Service, width: int, scheme: str) -> None:
    page = open_desk(user="root", width=width, scheme=scheme)
    found = []

    for path in PAGES:
        page.goto(desk.base + path)
        page.wait_for_function("window.Alpine !== undefined")
        found += violations(page)

    assert not found, "\n".join(found)
