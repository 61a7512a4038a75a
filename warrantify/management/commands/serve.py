"""`manage.py serve`: the whole service on one machine, for trying out and for small offices."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

HOST = "127.0.0.1"
DEMO_PARTNER = "Demo Partner"
DEMO_USERNAME = "demo"
ADMIN_USERNAME = "admin"
CREDENTIALS = ("username", "password", "api_key", "admin_username", "admin_password")
START_SECONDS = 30
STOP_SECONDS = 35

BANNER = """
Warrantify serves {base}
  admin    {base}/admin/    user {admin_username}, password {admin_password}
  API      {base}/api/warrantify/

Paste these to raise an order; paste the last one again for the 409 with the same request_id:

export BASE={base}
export TOKEN=$(curl -s $BASE/api/warrantify/token/ -H 'Content-Type: application/json' \\
  -d '{{"username": "{username}", "password": "{password}"}}' \\
  | {python} -c 'import json, sys; print(json.load(sys.stdin)["access"])')
export API_KEY={api_key}
curl -s $BASE/api/warrantify/repair/single-order/ -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -d '{order}'

Ctrl-C ends it.
"""


class Command(BaseCommand):
    """Migrates, collects static files, creates demo credentials once, then runs gunicorn and the worker."""

    help = "Prepare the database and serve on 127.0.0.1; PORT chooses the port (default 8000)."
    requires_system_checks = ["warrantify"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument(
            "--demo-orders",
            type=int,
            default=os.environ.get("DEMO_ORDERS") or 0,
            help="invented orders for a database that has none (default DEMO_ORDERS)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serves until SIGINT or SIGTERM; ends with one sentence where it cannot."""
        port: int = options["port"]
        _refuse_taken_port(port)
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {str(error).splitlines()[0]}") from None
        _collect_static()
        credentials = _demo_credentials()
        _add_demo_orders(options["demo_orders"])
        with suppress(KeyboardInterrupt), _Processes() as processes:
            processes.start([sys.executable, "-m", "gunicorn", "--bind", f"{HOST}:{port}"])
            processes.start([sys.executable, "manage.py", "worker"])
            _await_answer(processes, port)
            self.stdout.write(_banner(port, credentials))
            self.stdout.flush()
            processes.wait()


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            raise CommandError(
                f"Port {port} cannot be used: is it taken? Choose another: make serve PORT=8001"
            ) from None


def _collect_static() -> None:
    """Collects where a static file has come, gone or changed since the last time (it takes seconds)."""
    found = sorted(
        f"{path} {Path(storage.path(path)).stat().st_mtime_ns}"
        for finder in get_finders()
        for path, storage in finder.list([])
    )
    fingerprint = sha256("\n".join(found).encode()).hexdigest()
    stamp = Path(settings.STATIC_ROOT) / ".fingerprint"
    if not stamp.exists() or stamp.read_text() != fingerprint:
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(fingerprint)


def _demo_credentials() -> dict[str, str]:
    """Creates demo partner and admin in a database that has no user yet, and keeps what was drawn."""
    kept = Path(os.environ.get("DEMO_CREDENTIALS", settings.BASE_DIR / ".demo.json"))
    database = sha256(repr(sorted(settings.DATABASES["default"].items(), key=str)).encode()).hexdigest()
    known: dict[str, dict[str, str]] = json.loads(kept.read_text()) if kept.exists() else {}
    if not get_user_model().objects.exists():
        known[database] = _create_demo()
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(known, indent=1))
    unknown = dict.fromkeys(
        ("username", "password", "api_key", "admin_username", "admin_password"), "<yours>"
    )
    return known.get(database, unknown)


def _add_demo_orders(how_many: int) -> None:
    """Fills a database that has no order yet with invented ones, for a look at the desk."""
    if how_many and not apps.get_model("repairs", "RepairOrder")._default_manager.exists():
        call_command("make_demo_data", orders=how_many)


def _create_demo() -> dict[str, str]:
    output = StringIO()
    email = "demo@example.com"
    call_command(
        "create_partner", DEMO_PARTNER, email=email, username=DEMO_USERNAME, json=True, stdout=output
    )
    password = secrets.token_urlsafe(12)
    get_user_model().objects.create_superuser(ADMIN_USERNAME, email, password)
    return {**json.loads(output.getvalue()), "admin_username": ADMIN_USERNAME, "admin_password": password}


def _banner(port: int, credentials: dict[str, str]) -> str:
    order = {
        "repair_ref_no": f"DEMO-{secrets.token_hex(4)}",
        "client_name": "Demo Partner",
        "Name": "Amit Patel",
        "CustomerMobile": "9876543210",
        "CustomerEmail": "amit@example.com",
        "Engagement_Type": "Pickup",
        "AddressLine1": "Flat 301, Tower A",
        "City": "Bangalore",
        "State": "Karnataka",
        "Pincode": "560001",
        "AssetType": "Laptop",
        "Make": "Dell",
        "Model": "XPS 15",
        "IMEINo": "SN123456789",
        "centre_city": "Bangalore",
        "Issue": "Battery not charging",
        "Size": "15 inch",
    }
    base = f"http://{HOST}:{port}"
    return BANNER.format(base=base, order=json.dumps(order), python=sys.executable, **credentials)


def _await_answer(processes: "_Processes", port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        processes.raise_if_ended()
        connection = HTTPConnection(HOST, port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):  # not up yet
            time.sleep(0.1)
        finally:
            connection.close()
    raise CommandError(f"The server did not answer within {START_SECONDS} s; its lines above say why.")


class _Processes:
    """The children of `serve`; leaving the block ends every one of them."""

    def __init__(self) -> None:
        self._children: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "_Processes":
        signal.signal(signal.SIGTERM, _interrupt)
        return self

    def start(self, command: list[str]) -> None:
        """Starts a child in a session of its own: Ctrl-C reaches us alone, and we end it in order."""
        child = subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)
        self._children.append(child)

    def raise_if_ended(self) -> None:
        """CommandError where a child has ended by itself."""
        for child in self._children:
            if child.poll() is not None:
                raise CommandError(f"A server process ended with status {child.returncode}.")

    def wait(self) -> None:
        """Watches the children until Ctrl-C or SIGTERM."""
        while True:
            self.raise_if_ended()
            time.sleep(0.5)

    def __exit__(self, kind: type[BaseException] | None, *exc_info: object) -> bool:
        for child in self._children:
            if child.poll() is None:
                child.terminate()
        for child in self._children:
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        return kind is KeyboardInterrupt  # Ctrl-C, whenever it comes, is how it ends


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
