"""A live gunicorn for what only shows there."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from tests.support import commands
from tests.support.http import Client
from tests.support.processes import LOOPBACK, ROOT, Process, free_port, wait_until

SECRETS = {
    name: f"live-only-{name}-0123456789-0123456789"
    for name in ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET")
}


class Commands(Process):
    """Runs management commands in `environ`, in forks of a process that the first one starts."""

    def __init__(self, home: Path, environ: Mapping[str, str]) -> None:
        super().__init__(home, "commands", environ=environ)
        self.environ = environ
        self.socket = home / "commands.socket"

    def command(self) -> list[str]:
        return [sys.executable, commands.__file__, str(self.socket)]

    def is_ready(self) -> bool:
        self.assert_running()
        return self.socket.exists()

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """As `manage` below."""
        return subprocess.CompletedProcess(arguments, **self.begin(*arguments).wait())

    def begin(self, *arguments: str) -> commands.Command:
        """Starts a command that runs until it is ended."""
        return commands.Command(self.address(), arguments)

    def address(self) -> str:
        """The socket, for `tests/support/commands.py`."""
        if self.process is None:
            self.start()
        return str(self.socket)


@dataclass(frozen=True)
class Service:
    """Where it answers, the first partner's credentials, its environment, process and log."""

    base: str
    username: str
    password: str
    api_key: str
    environ: Mapping[str, str]
    pid: int
    log: Path
    commands: Commands

    def another_partner(self) -> "Service":
        """The same service for a partner of its own, which has no order yet."""
        name = f"partner-{uuid.uuid4().hex[:8]}"
        options = ["--email", "another@example.com", "--username", name, "--json"]
        created = json.loads(self.manage("create_partner", name, *options).stdout)
        del created["partner"]
        return replace(self, **created)

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs a management command in the service's environment, which a test may have changed."""
        if self.environ is self.commands.environ:
            return self.commands.run(*arguments)
        return manage(self.environ, *arguments)

    def token(self) -> str:
        """An access token."""
        return _token(self.base, self.username, self.password)

    def client(self) -> Client:
        """A client that carries the partner's token and key."""
        return Client(self.base, {"Authorization": f"Bearer {self.token()}", "X-API-Key": self.api_key})


@cache
def _token(base: str, username: str, password: str) -> str:
    """Fetched once, as a log-in costs a slow hash."""
    credentials = {"username": username, "password": password}
    return str(Client(base).post_json("token/", credentials).json["access"])


def manage(environ: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs manage.py in `environ`; raises nothing, look at `returncode`."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False
    )


def service_environ(database_url: str, folder: Path) -> dict[str, str]:
    """A production-like environment that reads no `.env`."""
    return {
        "PATH": os.environ["PATH"],
        "ENV_FILE": os.devnull,
        "DATABASE_URL": database_url,
        "STATIC_ROOT": str(folder / "static"),
        "EMAIL_URL": f"filemail:///{folder / 'mail'}",
        "WEB_CONCURRENCY": "2",
        "RATE_LIMIT_LOGIN": "0",
        "RATE_LIMIT_LOGIN_IP": "0",
        **SECRETS,
    }


def create_database(server_url: str, folder: Path, name: str, template: str = "") -> str:
    """The URL of a new database: a file in `folder`, or one beside that of `server_url` on PostgreSQL.

    It is empty, or a copy of the one at the URL `template`, to which nobody may be connected. Its name begins
    with the name of the database in `server_url`, so that two suites with databases of their own may run on
    one server.
    """
    if not server_url:
        file = folder / "live.sqlite3"
        if template:
            shutil.copy(template.removeprefix("sqlite:///"), file)
        return f"sqlite:///{file}"
    parts = urlsplit(server_url)
    url = parts._replace(path=f"{parts.path}_{name}").geturl()
    drop_database(url)
    origin = f" TEMPLATE {_name(template)}" if template else ""
    _administer(url, f"CREATE DATABASE {_name(url)}{origin}")
    return url


@contextmanager
def database(server_url: str, folder: Path, name: str, template: str = "") -> Iterator[str]:
    """A new database until the block ends."""
    url = create_database(server_url, folder, name, template)
    try:
        yield url
    finally:
        drop_database(url)


def drop_database(url: str) -> None:
    """Drops a database of PostgreSQL, if it is there; files go with their folder."""
    if not url.startswith("sqlite"):
        _administer(url, f"DROP DATABASE IF EXISTS {_name(url)} WITH (FORCE)")


def _administer(url: str, statement: str) -> None:
    admin_url = urlsplit(url)._replace(scheme="postgresql", path="/postgres").geturl()
    with closing(psycopg2.connect(admin_url)) as admin:
        admin.autocommit = True
        admin.cursor().execute(statement)


def _name(url: str) -> str:
    return urlsplit(url).path.strip("/")


@dataclass(frozen=True)
class Template:
    """A database to copy, and the credentials of the partner in it."""

    url: str
    credentials: dict[str, str]


def migrate(environ: Mapping[str, str]) -> None:
    """Migrates the database of `environ`."""
    migrated = manage(environ, "migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr


def create_live(environ: Mapping[str, str]) -> dict[str, str]:
    """Creates the partner `live` in the database of `environ`; returns its credentials."""
    options = ("--email", "live@example.com", "--username", "live", "--json")
    credentials: dict[str, str] = json.loads(manage(environ, "create_partner", "Live", *options).stdout)
    del credentials["partner"]
    return credentials


@contextmanager
def serve(folder: Path, server_url: str, name: str, template: Template, **extra: str) -> Iterator[Service]:
    """Serves a copy of `template` until the block ends."""
    with database(server_url, folder, name, template.url) as url:
        environ = {**service_environ(url, folder), **extra}
        with serve_database(folder, environ, template.credentials) as service:
            yield service


@contextmanager
def serve_database(
    folder: Path, environ: Mapping[str, str], credentials: Mapping[str, str]
) -> Iterator[Service]:
    """Serves the database of `environ`, in which a partner has these credentials, until the block ends."""
    forks = Commands(folder, environ)
    with gunicorn(environ, folder) as (base, pid):
        log = folder / "gunicorn.log"
        try:
            yield Service(base, environ=environ, pid=pid, log=log, commands=forks, **credentials)
        finally:
            forks.stop()


@contextmanager
def gunicorn(environ: Mapping[str, str], folder: Path) -> Iterator[tuple[str, int]]:
    """Runs gunicorn; yields its address and process ID. Its lines go to `gunicorn.log` in `folder`."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"{LOOPBACK}:{port}"]
    with Process(folder, "gunicorn", port, command, environ) as process:
        base = f"http://{LOOPBACK}:{port}"
        wait_until(lambda: Client(base).get("/healthz").status == 200, "an answer")
        yield base, process.pid
