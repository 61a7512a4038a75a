"""A real gunicorn on a database of its own, for what only shows over HTTP."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

ROOT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(ROOT / "manage.py")]
PASSWORD = "a-long-pass-phrase"


@dataclass(frozen=True)
class Live:
    """A running service and one partner's credentials."""

    port: int
    environment: dict[str, str]
    username: str
    password: str
    api_key: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str) -> str:
        """Runs a management command on the service's database; its standard output."""
        return _run(self.environment, *arguments)

    def create_partner(self, name: str, *options: str) -> dict[str, str]:
        """The credentials of a new partner."""
        arguments = [name, "--email", f"{name}@example.com", "--username", name, "--password", PASSWORD]
        new: dict[str, str] = json.loads(self.manage("create_partner", *arguments, "--json", *options))
        return new


def _run(environment: dict[str, str], *arguments: str) -> str:
    run = subprocess.run(
        [*MANAGE, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    """The URL of an empty database, of the kind that the suite runs on."""
    suite = os.environ.get("TEST_DATABASE_URL", "")
    if not suite.startswith("postgres"):
        yield f"sqlite:///{folder / 'live.sqlite3'}"
        return
    name = f"live_{uuid.uuid4().hex}"
    connection = psycopg2.connect(urlsplit(suite)._replace(path="/postgres").geturl())
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    try:
        connection.cursor().execute(f"CREATE DATABASE {name}")
        yield urlsplit(suite)._replace(path=f"/{name}").geturl()
        connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(server: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(300):
        assert server.poll() is None, "gunicorn ended"
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except ConnectionError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError("gunicorn did not come up")


@contextmanager
def serve(folder: Path, **settings: str) -> Iterator[Live]:
    """Migrates a new database, creates the partner `acme`, and serves it until the block ends."""
    port = _free_port()
    with _database(folder) as database:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "warrantify.settings",
            "DATABASE_URL": database,
            "BIND": f"127.0.0.1:{port}",
            "WEB_CONCURRENCY": "1",
            **settings,
        }
        _run(environment, "migrate", "-v0")
        live = Live(port, environment, "", "", "")
        new = live.create_partner("acme")
        command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")]
        with (folder / "gunicorn.log").open("wb") as log:
            server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            _wait_until_up(server, port)
            yield Live(port, environment, new["username"], new["password"], new["api_key"])
        finally:
            server.terminate()
            server.wait(timeout=40)
