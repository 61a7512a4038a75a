"""The guide's examples that verify a webhook, run against a delivery signed by the service."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from portal.guide import EXAMPLES
from webhooks.delivery import Delivery, signed_headers
from webhooks.secrets import new_secret

BODY = '{"type":"tracking.updated","timestamp":"2026-11-24T09:30:00Z","data":{"note":"é ✓"}}'
SECRET = new_secret()
COMMANDS = {
    "webhook.py": [sys.executable],
    "webhook_library.py": [sys.executable],
    "webhook.js": ["node"],
    "webhook.php": ["php"],
}


def delivery() -> dict[str, str]:
    delivered = Delivery("https://a.example/", "evt_0123456789abcdef01234567", BODY, [new_secret(), SECRET])
    return signed_headers(delivered, datetime.now(UTC))


def run(command: list[str], body: str, secret: str) -> "subprocess.CompletedProcess[str]":
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    environ = {**os.environ, "WEBHOOK_SECRET": secret}
    return subprocess.run(
        command, input=body, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(("name", "command"), COMMANDS.items(), ids=COMMANDS)
def test_an_example_verifies_and_refuses(name: str, command: list[str]) -> None:
    sent = {"headers": delivery(), "body": BODY}
    program = [*command, str(EXAMPLES / name)]
    assert run(program, json.dumps(sent), SECRET).stdout == "tracking.updated\n"
    assert run(program, json.dumps(sent), new_secret()).returncode != 0
    assert run(program, json.dumps({**sent, "body": BODY + " "}), SECRET).returncode != 0


def test_the_java_example_verifies_and_refuses() -> None:
    headers = delivery()
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    program = ["java", str(EXAMPLES / "Webhook.java"), *(headers[name] for name in names)]
    assert run(program, BODY, SECRET).stdout == "verified\n"
    assert run(program, BODY + " ", SECRET).returncode == 1
