"""Makes a fresh clone runnable: virtual environment, locked packages, secrets.

Runs under whatever `python3` the machine has, so it needs nothing but the standard library.
    bootstrap.py [--dev]    --dev installs what tests and checks need as well
"""

import hashlib
import os
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)


def main() -> None:
    """Leaves `.venv` and `.env` ready, or ends with one sentence on what is in the way."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit("Warrantify needs Python 3.11 or newer. Name another: make serve PYTHON=python3.12")
    if not os.access(ROOT, os.W_OK):
        sys.exit(f"This folder cannot be written to: {ROOT}")
    locks = [ROOT / "requirements.txt"]
    if "--dev" in sys.argv:
        locks.append(ROOT / "requirements-dev.txt")
    install(locks)
    write_env(ROOT / ".env")


def install(locks: "list[Path]") -> None:
    """Installs the hashed locks into `.venv`, unless exactly these are installed already."""
    stamp = VENV / f"installed-{len(locks)}"
    digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    if not PYTHON.exists():
        print("Creating the virtual environment .venv ...", flush=True)
        run(
            [sys.executable, "-m", "venv", str(VENV)],
            "Could not create .venv (on Debian: apt install python3-venv).",
        )
    print("Installing packages ...", flush=True)
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    for lock in locks:
        command += ["-r", str(lock)]
    run(command, "Could not install the packages; the lines above say why. Is the network there?")
    stamp.write_text(digest)


def run(command: "list[str]", failure: str) -> None:
    """Runs a command; ends with `failure` where it fails."""
    if subprocess.call(command):
        sys.exit(failure)


def write_env(path: Path) -> None:
    """Draws secrets into `.env`, readable by its owner alone, where there is no such file."""
    if path.exists():
        return
    names = ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET")
    lines = ["# Drawn by `make serve` for this folder. .env.example explains every name.", "DEBUG=off"]
    lines += [f"{name}={secrets.token_urlsafe(48)}" for name in names]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
