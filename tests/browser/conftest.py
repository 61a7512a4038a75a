"""A real Chromium before a real gunicorn with collected static files and a database of its own."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.conftest import MakeTemplate, Serving
from tests.support.service import Service, Template, manage
from tests.support.staff import GROUPS, PASSWORD

MAKE_ORDERS = """
from django.core.management import call_command
call_command("make_demo_data", orders=40)
"""

CREATE_STAFF = """
from django.contrib.auth.models import Group
from partners.models import User
for name in {groups!r}:
    user = User.objects.create_user(name.lower().replace(" ", "-"), password={password!r}, is_staff=True)
    user.groups.add(Group.objects.get(name=name))
User.objects.create_superuser("root", password={password!r})
"""

# Rows for the pages that demo data has none for; `test_desk.PAGES` opens them.
CREATE_EXAMPLES = """
from uuid import UUID
from desk import reports
from desk.models import Assignment, OrderNote, SheetPreview, Submission
from partners.models import User
from repairs.models import RepairOrder
from tracking.services import Change
from tracking.status_sheet import Line
from webhooks import services
root, order = User.objects.get(username="root"), RepairOrder.objects.get(pk=1)
rows = reports.rows([
    Line(2, "X", "assigned", refusal="No order has this reference."),
    Line(3, order.repair_ref_no, "assigned", change=Change(order, "assigned")),
])
Assignment.objects.create(order=order, assignee=root, assigned_by=root)
OrderNote.objects.create(order=order, text="Call after six.", written_by=root)
Submission.objects.create(token="report-of-a-sheet", user=root, report={"title": "", "rows": rows})
kept = {"content": b"", "lines": rows, "versions": {}}
SheetPreview.objects.create(id=UUID(int=1), user=root, file_name="s.xlsx", **kept)
webhook, _ = services.create(order.partner_id, {"url": "https://example.com/hook"})
services.queue_test(webhook)
"""

STAFF = (*GROUPS, "Technicians")

OpenDesk = Callable[..., Page]
BrowserOf = Callable[[str], BrowserContext]
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="session")
def desk(make_template: MakeTemplate, template: Template, serving: Serving) -> Iterator[Service]:
    """The service with 40 demo orders and one user per group, named like it."""

    def fill(environ: dict[str, str]) -> dict[str, str]:
        script = MAKE_ORDERS + CREATE_STAFF.format(groups=STAFF, password=PASSWORD) + CREATE_EXAMPLES
        done = manage(environ, "shell", "-c", script)
        assert done.returncode == 0, done.stderr
        return template.credentials

    with serving("desk", make_template("template_desk", fill, template.url)) as service:
        yield service


def log_in(page: Page, base: str, username: str) -> None:
    page.goto(f"{base}/admin/account/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(re.compile(r"/admin/(repairs/repairorder/work/)?$"))


@pytest.fixture(scope="session")
def browser_of(chromium: Browser, desk: Service) -> BrowserOf:
    """The browser of a user, who logs in once; it keeps the static files for later pages."""

    @cache
    def logged_in(username: str) -> BrowserContext:
        context = chromium.new_context()
        page = context.new_page()
        log_in(page, desk.base, username)
        page.close()
        return context

    return logged_in


def watched(page: Page, base: str, complaints: list[str]) -> Page:
    """The page, whose errors and requests to other hosts become complaints."""
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on(
        "request",
        lambda r: None if r.url.startswith((base, "data:", "blob:")) else complaints.append(r.url),
    )
    return page


def show(page: Page, url: str, width: int = 1280, scheme: Scheme = "light") -> None:
    """Opens a page of the desk in a window of this width, 900 pixels high."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 200, url


@pytest.fixture
def open_desk(desk: Service, browser_of: BrowserOf) -> Iterator[OpenDesk]:
    """Opens a page as a user; at the end no page complained, and none asked another host."""
    complaints: list[str] = []
    pages = []

    def open_page(
        path: str = "/admin/", user: str = "operations", width: int = 1280, scheme: Scheme = "light"
    ) -> Page:
        page = watched(browser_of(user).new_page(), desk.base, complaints)
        pages.append(page)
        show(page, desk.base + path, width, scheme)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []
