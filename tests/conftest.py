"""Fixtures that every part of the suite shares."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Browser, sync_playwright
from rest_framework.test import APIClient

from partners.models import User
from partners.services import NewPartner, create_partner
from tests.support.required import need_program
from tests.support.service import Service, manage, serve, service_environ

PASSWORD = "a-long-enough-pass-phrase"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if tested := os.environ.get("TESTED_DATABASES"):
        terminalreporter.write_line(f"Databases tested: {tested}")


DATABASE_FIXTURES = {"db", "transactional_db", "live", "desk", "topology"}


def depends_on_the_database(item: pytest.Item) -> bool:
    """Whether a test reaches the database under test, in its own process or in a service's."""
    fixtures = set(getattr(item, "fixturenames", ()))
    # A module that starts a service of its own imports `serve`.
    starts_service = hasattr(getattr(item, "module", None), "serve")
    return starts_service or bool(fixtures & DATABASE_FIXTURES or item.get_closest_marker("django_db"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the second database of a run, leaves out what would only repeat itself."""
    if "," in os.environ.get("TESTED_DATABASES", ""):
        repeated = [item for item in items if not depends_on_the_database(item)]
        # Browser tests run on the last database only.
        repeated = [item for item in repeated if not item.get_closest_marker("browser")]
        items[:] = [item for item in items if item not in set(repeated)]
        config.hook.pytest_deselected(items=repeated)


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
    """Static files, collected once for all worker processes of the run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / "static"
    with (shared / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            environ = {**service_environ("sqlite://", base), "STATIC_ROOT": str(folder)}
            collected = manage(environ, "collectstatic", "--no-input")
            assert collected.returncode == 0, collected.stderr
    return folder


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, worker_id: str, static_root: Path) -> Iterator[Service]:
    """A real gunicorn with a database of its own (of the vendor under test) and one partner."""
    folder: Path = tmp_path_factory.mktemp("live")
    server_url = os.environ.get("TEST_DATABASE_URL", "")
    with serve(folder, server_url, worker_id, STATIC_ROOT=str(static_root)) as service:
        yield service


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the process, as Playwright allows one loop in a thread."""
    need_program("CHROMIUM", CHROMIUM, "chromium")
    # Its loop stays in this thread, where Django would refuse the database to every later test.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
