"""What a run needs before the first load: peers' packages, databases, credentials."""

import hashlib
import json
import os
import subprocess
import sys
import venv

from benchmarks import database
from benchmarks.contenders import HERE, PEER_BIN, ROOT, environment

PASSWORD = "bench-only-password-0123"
API_KEY = "wk_0123456789ab_bench-only-key-0123456789"
EMPTY, SMALL, LARGE = "empty", "small", "large"
SMALL_ORDERS, LARGE_ORDERS = 10_000, 1_000_000


def install_peers():
    """Peers' packages live in a virtual environment of their own."""
    wanted = HERE / "requirements.txt"
    stamp = PEER_BIN.parent / "installed"
    if stamp.exists() and stamp.read_text() == wanted.read_text():
        return
    print("Installing the peers into benchmarks/.venv ...", flush=True)
    venv.create(PEER_BIN.parent, with_pip=True, symlinks=True, clear=True)
    subprocess.run(
        [PEER_BIN / "pip", "install", "-q", "--disable-pip-version-check", "-r", wanted], check=True
    )
    stamp.write_text(wanted.read_text())


def manage(database_name, *arguments):
    """Runs one of the service's management commands."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    subprocess.run(command, env=environment(database_name), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def prepare_databases():
    """An empty database with one partner, and a copy of it with 10,000 orders."""
    database.create(EMPTY)
    manage(EMPTY, "migrate", "-v0")
    manage(
        EMPTY,
        "create_partner",
        "Bench",
        "--email=b@example.com",
        "--username=bench",
        f"--password={PASSWORD}",
    )
    digest = hashlib.sha256(API_KEY.encode()).hexdigest()
    database.give_defaults(EMPTY)
    with database.cursor(EMPTY) as run:
        # A key that this program knows; `last_used_at` saves each copy's first request a write.
        run.execute(
            "UPDATE partners_apikey SET prefix = %s, digest = %s, last_used_at = now()",
            [API_KEY.split("_")[1], digest],
        )
    database.create(SMALL, EMPTY)
    database.fill(SMALL, SMALL_ORDERS)


def prepare_large():
    """A million orders, twelve million events; takes some minutes and about 6 GB."""
    database.create(LARGE, EMPTY)
    database.fill(LARGE, LARGE_ORDERS)


def token(server):
    """An access token, from the service's own endpoint."""
    body = json.dumps({"username": "bench", "password": PASSWORD})
    status, _, answer = server.request("POST", "token/", body, {"Content-Type": "application/json"})
    if status != 200:
        raise RuntimeError(f"no token: {status} {answer!r}")
    return json.loads(answer)["access"]


def step_aside():
    """Keeps this program off the servers' core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
