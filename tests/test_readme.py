"""The README's shell lines run as they stand, and print what it says they print."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import ROOT
from tests.support.service import Service

pytestmark = pytest.mark.once

BLOCKS = re.compile(r"^```(sh|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SEPARATOR = "=== next block ==="


def blocks() -> list[tuple[str, str]]:
    return BLOCKS.findall((ROOT / "README.md").read_text())


def run(scripts: list[str], live: Service, folder: Path) -> list[str]:
    """Runs the blocks in one shell, in a folder of their own; the output of each."""
    environ = {
        **live.environ,
        "BASE": live.base,
        "API_USERNAME": live.username,
        "API_PASSWORD": live.password,
        "API_KEY": live.api_key,
    }
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "manage.py").symlink_to(ROOT / "manage.py")
    script = f"\necho; echo '{SEPARATOR}'\n".join(scripts)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail"],
        cwd=folder,
        env=environ,
        input=script,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split(SEPARATOR)


def comparable(answer: Any) -> Any:
    """The answer with what differs from run to run made equal."""
    text = re.sub(r"REPAIR\d{12,}", "REPAIR", json.dumps(answer))
    return json.loads(re.sub(r"\d\d-\d\d-\d{4} \d\d:\d\d:\d\d", "DATE", text))


def test_the_shell_lines_print_the_answers_shown(live: Service, tmp_path: Path) -> None:
    found = blocks()
    outputs = run([text for kind, text in found if kind == "sh"], live.another_partner(), tmp_path)
    shown = 0
    for (kind, _), (next_kind, answer), index in zip(found, found[1:], range(len(found)), strict=False):
        if (kind, next_kind) == ("sh", "json"):
            number = sum(1 for earlier, _ in found[:index] if earlier == "sh")
            assert comparable(json.loads(outputs[number])) == comparable(json.loads(answer))
            shown += 1
    assert shown >= 2
