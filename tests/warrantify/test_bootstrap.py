"""`scripts/bootstrap.py`, where every fresh clone begins."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder as after `git clone`, with locks that hold nothing and a ready virtual environment."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "bootstrap.py", tmp_path / "scripts")
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "requirements-dev.txt").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return tmp_path


def bootstrap(clone: Path, python: str = sys.executable) -> "subprocess.CompletedProcess[str]":
    command = [python, str(clone / "scripts" / "bootstrap.py")]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_secrets_are_drawn_once_and_only_for_the_owner(clone: Path) -> None:
    assert bootstrap(clone).returncode == 0
    env = clone / ".env"
    first = env.read_text()
    values = [line.partition("=")[2] for line in first.splitlines() if "_KEY=" in line or "_SECRET=" in line]
    assert len({value for value in values if len(value) >= 48}) == 3
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    bootstrap(clone)
    assert env.read_text() == first


def test_a_second_start_installs_nothing(clone: Path) -> None:
    assert "Installing" in bootstrap(clone).stdout
    assert bootstrap(clone).stdout == ""


def test_changed_locks_are_installed(clone: Path) -> None:
    bootstrap(clone)
    (clone / "requirements.txt").write_text("# changed\n")
    assert "Installing" in bootstrap(clone).stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_one_clear_sentence(clone: Path) -> None:
    clone.chmod(0o500)
    ended = bootstrap(clone)
    clone.chmod(0o700)
    assert (ended.returncode, ended.stderr) == (1, f"This folder cannot be written to: {clone}\n")


def test_an_old_python_is_one_clear_sentence(clone: Path) -> None:
    script = clone / "scripts" / "bootstrap.py"
    script.write_text(script.read_text().replace("(3, 11)", "(99, 0)"))
    ended = bootstrap(clone)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith("Warrantify needs Python")
