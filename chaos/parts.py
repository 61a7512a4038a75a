"""The processes of a deployment, each started and stopped as its own service manager would.

Everything listens on loopback, on ports that were free, below one directory that goes with it.
"""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg2

from chaos.receiver import Delivery
from tests.support.processes import LOOPBACK, ROOT, Process, free_port


def fill(template: str, values: Mapping[str, object]) -> str:
    """`${NAME}` in capitals only: nginx has variables of its own."""
    text = (ROOT / "deploy" / template).read_text()
    return re.sub(r"\$\{([A-Z0-9_]+)\}", lambda match: str(values[match[1]]), text)


def postgres_binary(name: str) -> str:
    if found := shutil.which(name):
        return found
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))[-1:]
    if not newest:
        raise RuntimeError(f"{name} not found: install PostgreSQL's server package")
    return str(newest[0])


class Postgres(Process):
    """A cluster of its own; as root it runs as `postgres`, which PostgreSQL insists on."""

    user = "postgres" if os.geteuid() == 0 else None

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(home, "postgresql")
        self.data = home / "data"
        self.directory = home
        self.settings = {"max_connections": "60", "log_min_messages": "fatal", **(settings or {})}

    def create(self) -> None:
        if self.user:
            shutil.chown(self.home, self.user)
        arguments = ["-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run(
            [postgres_binary("initdb"), *arguments, "--no-sync"],
            check=True,
            capture_output=True,
            user=self.user,
            group=self.user,
            cwd=self.home,
        )

    def command(self) -> list[str]:
        settings = {
            "port": str(self.port),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            **self.settings,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [postgres_binary("postgres"), "-D", str(self.data), *options]

    def is_ready(self) -> bool:
        if not super().is_ready():
            return False
        with contextlib.suppress(psycopg2.Error):
            self.query("SELECT 1", database="postgres")
            return True
        return False

    def url(self, database: str = "warrantify", port: int | None = None, role: str = "postgres") -> str:
        return f"postgres://{role}@{LOOPBACK}:{port or self.port}/{database}"

    def create_database(self) -> None:
        """The service's database and role, by the script that a deployment uses."""
        password = self.home / "password"
        password.write_text("rehearsed")
        settings = {"PGHOST": LOOPBACK, "PGPORT": str(self.port), "PGUSER": "postgres"}
        subprocess.run(
            [ROOT / "deploy" / "create_database.sh"],
            check=True,
            capture_output=True,
            env={**os.environ, **settings, "DATABASE_PASSWORD_FILE": str(password)},
        )

    def query(self, sql: str, *parameters: object, database: str = "warrantify") -> list[tuple[object, ...]]:
        connection = psycopg2.connect(self.url(database), connect_timeout=2)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def stop(self, number: signal.Signals = signal.SIGINT, seconds: float = 40) -> None:
        super().stop(number, seconds)  # SIGINT is PostgreSQL's "fast" shutdown

    def crash(self) -> None:
        """`kill -9` of every process of the cluster; the lock file it leaves would hold up the start."""
        self.kill()
        (self.data / "postmaster.pid").unlink(missing_ok=True)


class PgBouncer(Process):
    user = Postgres.user

    def __init__(self, home: Path, database: Postgres) -> None:
        super().__init__(home, "pgbouncer")
        self.database = database
        self.directory = home

    def command(self) -> list[str]:
        users = self.home / "users.txt"
        users.write_text('"warrantify" ""\n')
        config = self.home / "pgbouncer.ini"
        values = {
            "DATABASE_NAME": "warrantify",
            "DATABASE_HOST": LOOPBACK,
            "DATABASE_PORT": self.database.port,
            "LISTEN_ADDRESS": LOOPBACK,
            "LISTEN_PORT": self.port,
            "AUTH_TYPE": "trust",
            "AUTH_FILE": users,
        }
        config.write_text(fill("pgbouncer.ini.template", values))
        return ["pgbouncer", str(config)]


class Redis(Process):
    def __init__(self, home: Path) -> None:
        super().__init__(home, "redis")

    def command(self) -> list[str]:
        return [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            LOOPBACK,
            "--save",
            "",
            "--dir",
            str(self.home),
        ]

    @property
    def url(self) -> str:
        return f"rediscache://{LOOPBACK}:{self.port}/0"


class Mail(Process):
    """An SMTP server that writes the Message-ID of each accepted mail to a file, one a line."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, "smtp")
        self.accepted = home / "mails.txt"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.support.smtp", str(self.port), str(self.accepted)]

    def message_ids(self) -> list[str]:
        return self.accepted.read_text().splitlines() if self.accepted.exists() else []


class Django(Process):
    """A process of the service: the same environment for web and worker."""

    def __init__(self, home: Path, name: str, install: "Install", environment: Mapping[str, str]) -> None:
        super().__init__(home, name)
        self.install = install
        self.settings = environment
        self.directory = install.code
        self.user = install.user

    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **self.settings}


class Web(Django):
    def __init__(
        self, home: Path, name: str, install: "Install", environment: Mapping[str, str], processes: int
    ) -> None:
        super().__init__(home, name, install, environment)
        self.processes = processes

    def command(self) -> list[str]:
        if self.install.user:
            return self.install.unit_command("warrantify.service")
        clock = self.install.code / "chaos/gunicorn_clock.py"
        return [str(self.install.python), "-m", "gunicorn", "-c", str(clock)]

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "BIND": f"{LOOPBACK}:{self.port}",
            "WEB_CONCURRENCY": str(self.processes),
        }


class Worker(Django):
    def command(self) -> list[str]:
        if self.install.user:
            return self.install.unit_command("warrantify-worker.service")
        return [str(self.install.python), str(self.install.code / "manage.py"), "worker"]

    def is_ready(self) -> bool:
        assert self.process is not None
        return self.process.poll() is None


class Receiver(Process):
    """Servers of partners that take webhooks; `behaviour` says how they answer, "" well."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "chaos.receiver", str(self.port), str(self.home)]

    def url(self, path: str) -> str:
        return f"http://{LOOPBACK}:{self.port}{path}"

    def know(self, secrets: Mapping[str, str]) -> None:
        """Tells it the secret of each path."""
        (self.home / "secrets.json").write_text(json.dumps(secrets))

    def behave(self, behaviour: str) -> None:
        (self.home / "behaviour").write_text(behaviour)

    def deliveries(self) -> list[Delivery]:
        """Every attempt that came, in order."""
        file = self.home / "deliveries.txt"
        lines = file.read_text().splitlines() if file.exists() else []
        return [Delivery(*json.loads(line)) for line in lines]


class Statuses(Django):
    """Staff that move these orders on; see `chaos.statuses`."""

    def __init__(self, home: Path, install: "Install", environment: Mapping[str, str]) -> None:
        super().__init__(home, "statuses", install, environment)
        self.request_ids: list[str] = []

    def command(self) -> list[str]:
        return [str(self.install.python), "-m", "chaos.statuses", *self.request_ids]

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "DJANGO_SETTINGS_MODULE": "warrantify.settings"}

    def is_ready(self) -> bool:
        assert self.process is not None
        return self.process.poll() is None


class Nginx(Process):
    def __init__(self, home: Path, instances: tuple[int, int]) -> None:
        super().__init__(home, "nginx")
        self.plain_port = free_port()
        self.instances = instances

    def command(self) -> list[str]:
        certificate, key = self.home / "tls.crt", self.home / "tls.key"
        if not key.exists():
            self_sign(certificate, key)
        values = {
            "RUN_DIR": self.home,
            "HTTP_PORT": f"{LOOPBACK}:{self.plain_port}",
            "HTTPS_PORT": f"{LOOPBACK}:{self.port}",
            "TLS_CERTIFICATE": certificate,
            "TLS_KEY": key,
            "RESOLVER": "",  # only names need one
            "INSTANCE_1": f"{LOOPBACK}:{self.instances[0]}",
            "INSTANCE_2": f"{LOOPBACK}:{self.instances[1]}",
        }
        config = self.home / "nginx.conf"
        config.write_text(fill("nginx.conf.template", values))
        return ["nginx", "-c", str(config), "-e", "stderr", "-g", "daemon off;"]


def self_sign(certificate: Path, key: Path) -> None:
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run(
        ["openssl", "req", *kind, "-keyout", str(key), "-out", str(certificate), *subject],
        check=True,
        capture_output=True,
    )


class Install:
    """The code as it is run: this tree and this Python, or what `rehearse` put elsewhere."""

    def __init__(self, code: Path = ROOT, python: str = sys.executable, user: str | None = None) -> None:
        self.code, self.python, self.user = code, python, user

    def unit(self, name: str) -> str:
        """A systemd unit of deploy/, as if this installation were in the place it names."""
        return (ROOT / "deploy/systemd" / name).read_text().replace("/srv/warrantify", str(self.code))

    def unit_command(self, name: str) -> list[str]:
        """What that unit starts."""
        [command] = re.findall(r"^ExecStart=(.+)$", self.unit(name), re.MULTILINE)
        return shlex.split(command)

    def manage(self, environment: Mapping[str, str], *arguments: str) -> str:
        done = subprocess.run(
            [str(self.python), str(self.code / "manage.py"), *arguments],
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
            cwd=self.code,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]}: {done.stdout[-500:]}{done.stderr[-2000:]}")
        return done.stdout
