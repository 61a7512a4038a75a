"""The guide's client examples, run against the live service."""

import os
import re
import shutil
import subprocess
import sys
import uuid

import pytest

from portal.guide import EXAMPLES
from tests.live import Service

pytestmark = pytest.mark.xdist_group("portal")

CLIENTS = {
    "client.sh": ["sh"],
    "client.py": [sys.executable],
    "client.js": ["node"],
    "Client.java": ["java"],
    "client.php": ["php"],
}


@pytest.mark.parametrize(("name", "command"), CLIENTS.items(), ids=CLIENTS)
def test_an_example_works_as_it_stands(portal: Service, name: str, command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    environment = {
        **os.environ,
        "WARRANTIFY_URL": portal.base,
        "WARRANTIFY_USERNAME": portal.username,
        "WARRANTIFY_PASSWORD": portal.password,
        "WARRANTIFY_API_KEY": portal.api_key,
    }
    run = subprocess.run(
        [*command, str(EXAMPLES / name), f"EXAMPLE-{uuid.uuid4().hex}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = dict(line.split(": ", 1) for line in run.stdout.splitlines())
    assert re.fullmatch("REPAIR[0-9]{12,14}", said["order"])
    assert said["again"] == said["order"]
    assert said["upload"].endswith("would be uploaded")
    assert "No tracking information available" in said["tracking"]
    assert said["poll"] == "304"
