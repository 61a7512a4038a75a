"""The guide's client examples, run against the live service."""

import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from portal import guide
from portal.guide import EXAMPLES
from tests.support.service import Service

pytestmark = pytest.mark.xdist_group("portal")

CLIENTS = {
    "client.sh": ["sh"],
    "client.py": [sys.executable],
    "client.js": ["node"],
    "Client.java": ["java"],
    "client.php": ["php"],
}


def environment(service: Service) -> dict[str, str]:
    return {
        **os.environ,
        "WARRANTIFY_URL": service.base,
        "WARRANTIFY_USERNAME": service.username,
        "WARRANTIFY_PASSWORD": service.password,
        "WARRANTIFY_API_KEY": service.api_key,
    }


@pytest.mark.parametrize(("name", "command"), CLIENTS.items(), ids=CLIENTS)
def test_an_example_works_as_it_stands(portal: Service, name: str, command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    run = subprocess.run(
        [*command, str(EXAMPLES / name), f"EXAMPLE-{uuid.uuid4().hex}"],
        env=environment(portal),
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


@pytest.mark.django_db
def test_the_guides_shell_lines_work_in_their_order(portal: Service, tmp_path: Path) -> None:
    text = guide.markdown(portal.base).split("## Clients")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "\necho\n".join(block for block in blocks if "your user name" not in block)
    run = subprocess.run(
        ["bash", "-euo", "pipefail"],
        cwd=tmp_path,
        env=environment(portal),
        input=lines,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert len(re.findall('"Success": *"True"', run.stdout)) >= 5
    assert set(re.findall('"Status_code": *"?([0-9]+)', run.stdout)) <= {"200", "409", "404"}
    assert "would be uploaded" in run.stdout
    assert '"Next_Cursor"' in run.stdout
