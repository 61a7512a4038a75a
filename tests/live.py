"""A live gunicorn for what only shows there."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import requests

ROOT = Path(__file__).resolve().parent.parent
SECRETS = {
    name: f"live-only-{name}-0123456789-0123456789"
    for name in ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET")
}


@dataclass(frozen=True)
class Service:
    """Where it answers, the first partner's credentials, and the environment it runs in."""

    base: str
    username: str
    password: str
    api_key: str
    environ: Mapping[str, str]
    pid: int

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs a management command on the service's database."""
        return manage(self.environ, *arguments)

    def token(self) -> str:
        """A fresh access token."""
        credentials = {"username": self.username, "password": self.password}
        answer = requests.post(f"{self.base}/api/warrantify/token/", json=credentials, timeout=10)
        return str(answer.json()["access"])


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


@contextmanager
def database(folder: Path, server_url: str, name: str) -> Iterator[str]:
    """The URL of an empty database: a file in `folder`, or `name` on the PostgreSQL of `server_url`."""
    if not server_url:
        yield f"sqlite:///{folder / 'live.sqlite3'}"
        return
    parts = urlsplit(server_url)
    admin_url = parts._replace(scheme="postgresql", path="/postgres").geturl()
    with closing(psycopg2.connect(admin_url)) as admin:
        admin.autocommit = True
        admin.cursor().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.cursor().execute(f"CREATE DATABASE {name}")
        yield parts._replace(path=f"/{name}").geturl()
        admin.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def serve(folder: Path, server_url: str, worker_id: str, **extra: str) -> Iterator[Service]:
    """Migrates a database, creates the partner `live`, and serves until the block ends."""
    with database(folder, server_url, f"warrantify_live_{worker_id}") as database_url:
        environ = {**service_environ(database_url, folder), **extra}
        migrated = manage(environ, "migrate", "--verbosity", "0")
        assert migrated.returncode == 0, migrated.stderr
        created = manage(
            environ, "create_partner", "Live", "--email", "live@example.com", "--username", "live", "--json"
        )
        credentials = json.loads(created.stdout)
        with gunicorn(environ, folder) as (base, pid):
            del credentials["partner"]
            yield Service(base=base, environ=environ, pid=pid, **credentials)


@contextmanager
def gunicorn(environ: Mapping[str, str], folder: Path) -> Iterator[tuple[str, int]]:
    """Runs gunicorn; yields its address and process ID. Its lines go to `gunicorn.log` in `folder`."""
    port = free_port()
    with (folder / "gunicorn.log").open("ab") as log:
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            await_answer(f"http://127.0.0.1:{port}/healthz", process)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()
            process.wait(40)


def await_answer(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Returns once `url` answers 200."""
    for _ in range(300):
        assert process.poll() is None, f"gunicorn ended with status {process.returncode}"
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:  # not up yet
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}")
