"""Makes a fresh clone runnable: virtual environment, locked packages, secrets.

Runs under any `python3` with nothing but the standard library.
    bootstrap.py [--dev] [--generators]
--dev installs what tests and checks need as well; --generators installs the generators of API clients,
in a virtual environment of their own.
"""

import hashlib
import os
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
SECRETS = ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET")


def main() -> None:
    """Leaves `.venv` and `.env` ready, or ends with one sentence on what is wrong."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit("Warrantify needs Python 3.11 or newer. Name another: make serve PYTHON=python3.12")
    if not os.access(ROOT, os.W_OK):
        sys.exit(f"This folder cannot be written to: {ROOT}")
    install(".venv", ["requirements.txt"] + ["requirements-dev.txt"] * ("--dev" in sys.argv))
    if "--generators" in sys.argv:
        install(".venv-generators", ["requirements-generators.txt"])
    env = ROOT / ".env"
    if not env.exists():
        lines = ["# Made by `make serve` for this folder. .env.example explains every name.", "DEBUG=off"]
        lines += [f"{name}={secrets.token_urlsafe(48)}" for name in SECRETS]
        env.touch(0o600)
        env.write_text("\n".join(lines) + "\n")


def install(name: str, locks: "list[str]") -> None:
    """Installs the hashed locks into a virtual environment, unless exactly these are installed already."""
    folder = ROOT / name
    stamp = folder / f"installed-{len(locks)}"
    digest = hashlib.sha256(b"".join((ROOT / lock).read_bytes() for lock in locks)).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"Creating the virtual environment {name} ...", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", str(folder)]):
            sys.exit(f"Could not create {name} (on Debian: apt install python3-venv).")
    print("Installing packages ...", flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    if subprocess.call([*pip, *(part for lock in locks for part in ("-r", str(ROOT / lock)))]):
        sys.exit("Could not install the packages; the lines above say why. Is the network there?")
    stamp.write_text(digest)


if __name__ == "__main__":
    main()
