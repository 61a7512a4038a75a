"""The list of what we ship is whole."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str) -> str:
    command = [sys.executable, "scripts/sbom.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_every_locked_package_is_listed_with_its_hashes() -> None:
    components = json.loads(run())["components"]
    locked = re.findall(r"^([\w.-]+)(?:\[.*\])?==([^ ;\\]+)", (ROOT / "requirements.txt").read_text(), re.M)
    assert sorted((each["name"], each["version"]) for each in components) == sorted(locked)
    assert all(each["hashes"] and each["purl"].startswith("pkg:pypi/") for each in components)


def test_every_installed_package_states_a_licence() -> None:
    lines = run("--licences").splitlines()
    assert len(lines) > 40
    assert not [line for line in lines if line.endswith("not stated")]
