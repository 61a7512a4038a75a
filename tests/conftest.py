"""Fixtures that every part of the suite shares."""

import gc
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Browser, sync_playwright
from rest_framework.test import APIClient

from partners.models import User
from partners.services import NewPartner, create_partner
from tests.support.clock import NOON
from tests.support.once import made_once
from tests.support.required import need_program
from tests.support.service import (
    Service,
    Template,
    create_database,
    create_live,
    drop_database,
    manage,
    migrate,
    serve,
    service_environ,
)
from tests.support.tracked_orders import make_order
from tracking import queries
from tracking.models import Workflow

PASSWORD = "a-long-enough-pass-phrase"
SERVER_URL = os.environ.get("TEST_DATABASE_URL", "")
TEMPLATES = ("template_migrated", "template_live", "template_desk")
# The shell shows pages alike and draws no window around them: half the work of a processor.
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

Fill = Callable[[dict[str, str]], dict[str, str] | None]
MakeTemplate = Callable[..., Template]
Serving = Callable[..., AbstractContextManager[Service]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if tested := os.environ.get("TESTED_DATABASES"):
        terminalreporter.write_line(f"Databases tested: {tested}")


def pytest_collection_finish() -> None:
    """Spares the collector of garbage all that stays until the end: every module and test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Drops the templates, once every worker process has ended."""
    if SERVER_URL and not os.environ.get("PYTEST_XDIST_WORKER"):
        for name in TEMPLATES:
            drop_database(f"{SERVER_URL}_{name}")


DATABASE_FIXTURES = {"db", "transactional_db", "serving", "topology"}


def repeats_itself(item: pytest.Item) -> bool:
    """Whether a test would do on a second database what it did on the first.

    So does what is marked `once`, what drives a browser, and what uses no database, neither in its own
    process nor in a service's.
    """
    fixtures = set(getattr(item, "fixturenames", ()))
    uses_a_database = bool(fixtures & DATABASE_FIXTURES) or item.get_closest_marker("django_db")
    return bool(item.get_closest_marker("once") or "chromium" in fixtures or not uses_a_database)


def _empties(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    is_marked = bool(marker and marker.kwargs.get("transaction"))
    return is_marked or "transactional_db" in getattr(item, "fixturenames", ())


def _uses_own_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & {"db", "transactional_db"}) or item.get_closest_marker("django_db") is not None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the second database of a run, leaves out what would only repeat itself.

    Tests whose transactions are real empty the database after them. They come last, by file, so a file
    has only such tests or none. What does not use this process's database comes first: the longest are
    there, and would end long after the others.
    """
    emptying = {item.path for item in items if _empties(item)}
    mixed = [item.nodeid for item in items if item.path in emptying and not _empties(item)]
    if mixed:
        raise pytest.UsageError(f"These need a file without transactional tests: {mixed}")
    if "," in os.environ.get("TESTED_DATABASES", ""):
        repeated = [item for item in items if repeats_itself(item)]
        items[:] = [item for item in items if item not in set(repeated)]
        config.hook.pytest_deselected(items=repeated)
    items.sort(key=_uses_own_database)


@pytest.fixture
def workflows_again(transactional_db: None) -> None:
    """The rows of the migration, which the flush after a test of transactions takes away."""
    if not Workflow.objects.exists():
        rows = import_module("tracking.migrations.0002_documented_workflows")
        rows.add(apps, connection.schema_editor())
        queries.fixed_steps.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def _database_is_the_one_asked_for() -> None:
    assert connection.vendor == os.environ.get("TEST_DATABASE_VENDOR", connection.vendor)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def acme(db: None) -> NewPartner:
    return create_partner("Acme", "acme@example.com", "acme", PASSWORD)


@pytest.fixture
def rival(db: None) -> NewPartner:
    return create_partner("Rival", "rival@example.com", "rival", PASSWORD)


@pytest.fixture
def clerk(db: None) -> User:
    return User.objects.create_user("clerk", is_staff=True)


@pytest.fixture
def key_api(acme: NewPartner) -> APIClient:
    """Acme's client, its API key set."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=acme.api_key)
    return client


@pytest.fixture
def sandbox(db: None) -> NewPartner:
    return create_partner("Trial", "trial@example.com", "trial", sandbox=True)


@pytest.fixture
def trial(sandbox: NewPartner) -> APIClient:
    """The sandbox partner's client, with an order of noon."""
    make_order(sandbox.partner, engagement="Pickup", created_at=NOON)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=sandbox.api_key)
    return client


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stands at noon until `after` moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def api() -> APIClient:
    """A client without credentials; server errors come back as answers, as partners get them."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def token(acme: NewPartner, api: APIClient) -> str:
    credentials = {"username": "acme", "password": PASSWORD}
    return str(api.post("/api/warrantify/token/", credentials, format="json").json()["access"])


@pytest.fixture
def acme_api(token: str) -> APIClient:
    """Acme's client, its token set."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture(scope="session")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collected static files."""

    def collect(folder: Path) -> None:
        environ = {**service_environ("sqlite://", folder), "STATIC_ROOT": str(folder)}
        collected = manage(environ, "collectstatic", "--no-input")
        assert collected.returncode == 0, collected.stderr

    return made_once(tmp_path_factory, "static", collect)


@pytest.fixture(scope="session")
def make_template(tmp_path_factory: pytest.TempPathFactory) -> MakeTemplate:
    """Makes a database for services to copy; `fill` gets its environment and returns credentials."""

    def make(name: str, fill: Fill, origin: str = "") -> Template:
        def create(folder: Path) -> None:
            folder.mkdir()
            url = create_database(SERVER_URL, folder, name, origin)
            credentials = fill(service_environ(url, folder)) or {}
            (folder / "template.json").write_text(json.dumps({"url": url, "credentials": credentials}))

        folder = made_once(tmp_path_factory, name, create)
        return Template(**json.loads((folder / "template.json").read_text()))

    return make


@pytest.fixture(scope="session")
def migrated(make_template: MakeTemplate) -> Template:
    """A migrated database."""
    return make_template("template_migrated", migrate)


@pytest.fixture(scope="session")
def template(make_template: MakeTemplate, migrated: Template) -> Template:
    """A migrated database with the partner `live`."""
    return make_template("template_live", create_live, migrated.url)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, request: pytest.FixtureRequest
) -> None:
    """On PostgreSQL the databases of several processes of tests are copies of one that was migrated."""
    if SERVER_URL and os.environ.get("PYTEST_XDIST_WORKER"):
        migrated = request.getfixturevalue("migrated")
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = urlsplit(migrated.url).path.strip("/")


@pytest.fixture(scope="session")
def serving(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str, static_root: Path, template: Template
) -> Serving:
    """Starts a real gunicorn on a database of its own (of the vendor under test)."""

    def start(name: str, origin: Template = template, **settings: str) -> AbstractContextManager[Service]:
        folder = tmp_path_factory.mktemp(name)
        settings = {"STATIC_ROOT": str(static_root), **settings}
        return serve(folder, SERVER_URL, f"{name}_{worker_id}", origin, **settings)

    return start


@pytest.fixture(scope="session")
def live(serving: Serving) -> Iterator[Service]:
    """The service as it is by default, for all tests of this process that need no other."""
    with serving("live") as service:
        yield service


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the process, as Playwright allows one loop in a thread."""
    need_program("CHROMIUM", CHROMIUM, "chromium-headless-shell")
    # Its loop stays in this thread, where Django would refuse the database to every later test.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
