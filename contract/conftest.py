"""Where the service is, and in whose name it is tried: by environment variables.

CONTRACT_URL           `https://host[:port]` of the service
CONTRACT_USERNAME, CONTRACT_PASSWORD, CONTRACT_API_KEY
                       a partner's credentials; use a sandbox partner to keep the orders off the desk.
                       Without them `manage.py create_partner` makes a partner, for a service on this machine.
CONTRACT_EMAIL         where the upload summaries go (contract-suite@example.com)
CONTRACT_MANAGE        the command of the service's manage.py, where staff's actions can be tried as well;
                       without it those tests are skipped
"""

import json
import os
import shlex
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.partner import Partner
from tests.support.http import Client

ROOT = Path(__file__).resolve().parent.parent
LONGEST_WAIT = 120
CREDENTIALS = ("username", "password", "api_key")

Manage = Callable[..., str]


def run_manage(*arguments: str) -> str:
    """Runs manage.py on the service's database and returns what it printed."""
    command = os.environ.get("CONTRACT_MANAGE") or f"{shlex.quote(sys.executable)} manage.py"
    done = subprocess.run(
        [*shlex.split(command), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def create_partner(client: Client, email: str, *options: str) -> Partner:
    """Creates a partner with manage.py."""
    name = f"contract-{uuid.uuid4().hex[:8]}"
    printed = run_manage("create_partner", name, "--email", email, "--username", name, "--json", *options)
    created = json.loads(printed)
    return Partner(client, created, email)


@pytest.fixture(scope="session")
def client() -> Client:
    """The service, without credentials."""
    url = os.environ.get("CONTRACT_URL")
    assert url, "CONTRACT_URL names no service: make verify URL=https://..."
    return Client(url, longest_wait=LONGEST_WAIT)


@pytest.fixture(scope="session")
def email() -> str:
    return os.environ.get("CONTRACT_EMAIL", "contract-suite@example.com")


@pytest.fixture(scope="session")
def partner(client: Client, email: str) -> Partner:
    """The partner in whose name everything is tried."""
    given = {name: os.environ.get(f"CONTRACT_{name.upper()}", "") for name in CREDENTIALS}
    if all(given.values()):
        return Partner(client, given, email)
    return create_partner(client, email)


@pytest.fixture(scope="session")
def manage() -> Manage:
    """Runs a command as staff would; skips where only HTTP reaches the service."""
    if not os.environ.get("CONTRACT_MANAGE"):
        pytest.skip("needs the service's manage.py: CONTRACT_MANAGE")
    return run_manage


@pytest.fixture(scope="session")
def rival(client: Client, email: str, manage: Manage) -> Partner:
    """Another partner of the service."""
    return create_partner(client, email)
