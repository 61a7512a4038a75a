"""`manage.py serve`: the whole service on one machine, for trying out and for small offices."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from demo import store
from partners.models import User
from partners.services import create_partner
from repairs.fields import API_FIELDS
from repairs.models import RepairOrder

HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 35  # gunicorn and the worker finish what they do within 30

BANNER = """
Warrantify serves {base}
  desk     {base}/admin/    user {admin_username}, password {admin_password}
  API      {base}/api/warrantify/

Paste these to raise an order; paste the last one again for the 409 with the same request_id:

export BASE={base} API_USERNAME={username} API_PASSWORD={password} API_KEY={api_key}
export TOKEN=$(curl -s $BASE/api/warrantify/token/ -H 'Content-Type: application/json' \\
  -d "{{\\"username\\": \\"$API_USERNAME\\", \\"password\\": \\"$API_PASSWORD\\"}}" \\
  | {python} -c 'import json, sys; print(json.load(sys.stdin)["access"])')
curl -s $BASE/api/warrantify/repair/single-order/ -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -d '{order}'

Ctrl-C ends it.
"""
YOURS = dict.fromkeys(("username", "password", "api_key", "admin_username", "admin_password"), "<yours>")

Children = list["subprocess.Popen[bytes]"]


class Command(BaseCommand):
    """Migrates, creates demo credentials once, then runs gunicorn and the worker."""

    help = "Prepare the database and serve on 127.0.0.1; PORT chooses the port (default 8000)."
    requires_system_checks = ["warrantify"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=os.environ.get("PORT") or 8000)
        parser.add_argument(
            "--demo-orders",
            type=int,
            default=os.environ.get("DEMO_ORDERS") or 0,
            help="invented orders for a database that has none (default DEMO_ORDERS)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serves until SIGINT or SIGTERM; ends with one sentence if it cannot."""
        port = options["port"]
        base = f"http://{HOST}:{port}"
        _refuse_taken_port(port)
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {str(error).splitlines()[0]}") from None
        credentials = _demo_credentials()
        if options["demo_orders"] and not RepairOrder.objects.exists():
            store.make(options["demo_orders"], seed=1)
        os.environ.setdefault("PUBLIC_URL", base)  # links in mails lead to this port
        for number in (signal.SIGINT, signal.SIGTERM):  # the first is ignored under `make serve &`
            signal.signal(number, signal.default_int_handler)
        with (
            suppress(KeyboardInterrupt),
            _running(f"-m gunicorn --bind {HOST}:{port}", "manage.py worker") as children,
        ):
            _await_answer(base, children)
            self.stdout.write(_banner(base, credentials))
            self.stdout.flush()
            while True:
                _raise_if_ended(children)
                time.sleep(0.5)


def _refuse_taken_port(port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except (OSError, OverflowError):
        sentence = f"Port {port} cannot be used: is it taken? Choose another: make serve PORT=8001"
        raise CommandError(sentence) from None


def _demo_credentials() -> dict[str, str]:
    """Creates demo partner and admin in a database without users, and keeps their passwords in a file."""
    kept = Path(os.environ.get("DEMO_CREDENTIALS", settings.BASE_DIR / ".demo.json"))
    known: dict[str, dict[str, str]] = json.loads(kept.read_text()) if kept.exists() else {}
    database = "{HOST}:{PORT}/{NAME}".format(**settings.DATABASES["default"])
    if not User.objects.exists():
        new = create_partner("Demo Partner", "demo@example.com", "demo")
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser("admin", "demo@example.com", password)
        values = ("demo", new.password, new.api_key, "admin", password)
        known[database] = dict(zip(YOURS, values, strict=True))
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(known, indent=1))
    return known.get(database, YOURS)


def _banner(base: str, credentials: dict[str, str]) -> str:
    order = {field.name: field.example for field in API_FIELDS}
    order["repair_ref_no"] = f"DEMO-{secrets.token_hex(4)}"
    return BANNER.format(base=base, order=json.dumps(order), python=sys.executable, **credentials)


@contextmanager
def _running(*commands: str) -> Iterator[Children]:
    """Runs Python commands; leaving the block ends every one of them."""
    children: Children = []
    try:
        for command in commands:
            # In a session of its own: Ctrl-C reaches us alone, and we end the children in order.
            arguments = [sys.executable, *command.split()]
            children.append(subprocess.Popen(arguments, cwd=settings.BASE_DIR, start_new_session=True))
        yield children
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)


def _raise_if_ended(children: Children) -> None:
    for child in children:
        if child.poll() is not None:
            raise CommandError(f"A server process ended with status {child.returncode}.")


def _await_answer(base: str, children: Children) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        _raise_if_ended(children)
        with suppress(OSError), urlopen(f"{base}/healthz", timeout=2):  # noqa: S310 (our own address)
            return
        time.sleep(0.1)
    raise CommandError(f"The server did not answer within {START_SECONDS} s; its lines above say why.")
