"""The whole service: nginx with TLS, two instances, worker, PgBouncer, PostgreSQL, Redis, SMTP, receivers.

On SQLite, which one host is enough for: one instance and a worker.
"""

import contextlib
import http.client
import json
import os
import secrets
import shutil
import sqlite3
import ssl
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from chaos.parts import (
    Install,
    Mail,
    Nginx,
    PgBouncer,
    Postgres,
    Receiver,
    Redis,
    Web,
    Worker,
)
from tests.support.processes import LOOPBACK, Process, wait_until

DATABASES = ("postgresql", "sqlite")


def connect(port: int, *, tls: bool, seconds: float = 30) -> http.client.HTTPConnection:
    if not tls:
        return http.client.HTTPConnection(LOOPBACK, port, timeout=seconds)
    return http.client.HTTPSConnection(LOOPBACK, port, timeout=seconds, context=trusting_context())


def trusting_context() -> ssl.SSLContext:
    """TLS with whom it may be: nginx's certificate is our own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Topology:
    def __init__(
        self, home: Path, database: str, install: Install | None = None, web_processes: int = 2
    ) -> None:
        assert database in DATABASES
        self.home, self.database = home, database
        self.install = install or Install()
        self.is_full = database == "postgresql"
        self.postgres, self.mail = Postgres(home / "postgresql"), Mail(home)
        self.redis, self.pgbouncer = Redis(home), PgBouncer(home / "pgbouncer", self.postgres)
        self.clock = home / "clock"
        environment = self.environment()
        names = ("web-1", "web-2") if self.is_full else ("web-1",)
        self.webs = [Web(home, name, self.install, environment, web_processes) for name in names]
        self.worker = Worker(home, "worker", self.install, environment)
        self.good, self.bad = Receiver(home / "good", "good"), Receiver(home / "bad", "bad")
        self.parts: list[Process] = [self.mail, self.good, self.bad, *self.webs, self.worker]
        if self.is_full:
            self.nginx = Nginx(home / "nginx", (self.webs[0].port, self.webs[1].port))
            self.parts = [self.postgres, self.pgbouncer, self.redis, *self.parts, self.nginx]

    def environment(self) -> dict[str, str]:
        common = {
            name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET")
        }
        common |= {
            "ENV_FILE": os.devnull,
            "EMAIL_URL": f"smtp://{LOOPBACK}:{self.mail.port}",
            "METRICS_TOKEN": secrets.token_urlsafe(24),
            "ACCESS_TOKEN_MINUTES": "4320",  # the clock fault jumps over days
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "WEBHOOK_ALLOW_PRIVATE": "on",  # the receivers are on loopback
            "CHAOS_CLOCK": str(self.clock),
        }
        if not self.is_full:
            return common | {"DATABASE_URL": f"sqlite:///{self.home}/db.sqlite3"}
        secure = (
            "SECURE_SSL_REDIRECT",
            "SECURE_HSTS_INCLUDE_SUBDOMAINS",
            "SECURE_HSTS_PRELOAD",
            "SECURE_PROXY",
        )
        return common | {
            "DATABASE_URL": self.postgres.url(port=self.pgbouncer.port, role="warrantify"),
            "DATABASE_POOLED": "on",
            "DIRECT_DATABASE_URL": self.postgres.url(role="warrantify"),
            "CACHE_URL": self.redis.url,
            "TRUSTED_PROXIES": "1",
            "SECURE_HSTS_SECONDS": "31536000",
            **dict.fromkeys(secure, "on"),
        }

    @property
    def port(self) -> int:
        return self.nginx.port if self.is_full else self.webs[0].port

    def connect(self, seconds: float = 30) -> http.client.HTTPConnection:
        return connect(self.port, tls=self.is_full, seconds=seconds)

    def start(self) -> None:
        settings = self.webs[0].settings
        for part in self.parts:
            part.home.mkdir(exist_ok=True)
            if isinstance(part, Postgres):
                part.create()
            elif isinstance(part, PgBouncer) and part.user:
                shutil.chown(part.home, part.user)
            elif part is self.webs[0]:
                self.install.manage(settings, "migrate", "-v0")
            part.start()
            if isinstance(part, Postgres):
                part.create_database()
        wait_until(self.is_ready, "the service ready")

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = self.connect(5)
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        return False

    def stop(self) -> None:
        for part in reversed(self.parts):
            part.stop(seconds=10)

    @cached_property
    def partner(self) -> dict[str, str]:
        """The credentials of the partner that every load is."""
        return self.create_partner("chaos")

    def create_partner(self, name: str) -> dict[str, str]:
        printed = self.install.manage(
            self.webs[0].settings,
            "create_partner",
            name,
            "--email",
            f"ops@{name}.example",
            "--username",
            name,
            "--json",
        )
        credentials: dict[str, str] = json.loads(printed)
        return credentials

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        if self.is_full:
            return self.postgres.query(sql)
        file = self.home / "db.sqlite3"
        with contextlib.closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
            return connection.execute(sql).fetchall()


@contextlib.contextmanager
def running(database: str, install: Install | None = None, web_processes: int = 2) -> Iterator[Topology]:
    """The service up and, whatever happens, down again with everything it stored."""
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        home.chmod(0o755)  # PostgreSQL runs as a user of its own
        topology = Topology(home, database, install, web_processes)
        try:
            topology.start()
            yield topology
        finally:
            topology.stop()
