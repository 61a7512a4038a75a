"""`python -m chaos.rehearse`: the Dockerfile's steps without Docker, as root, and a walk through the result.

A fresh user, a fresh virtual environment from the hashed lock file, exactly the files that the
Dockerfile copies, static files collected, everything owned by root - and then the same topology as
compose.yaml's from Debian's packages on loopback, its processes started as the systemd units say.
"""

import contextlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from chaos.load import API, upload_form
from chaos.parts import Install, self_sign
from chaos.topology import Topology, running
from tests.support.orders import an_order
from tests.support.processes import ROOT

USER = "warrantify-rehearsal"


def run(*command: object, **arguments: object) -> str:
    parts = [str(part) for part in command]
    done = subprocess.run(parts, capture_output=True, text=True, check=False, **arguments)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return str(done.stdout)


def copied() -> list[str]:
    """What the Dockerfile's first stage copies into the image."""
    text = (ROOT / "Dockerfile").read_text()
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    return [name for line in lines for name in line.split()]


def python() -> str:
    """An interpreter that other users may run, which one below somebody's home is not."""
    for candidate in (os.environ.get("REHEARSAL_PYTHON"), "/usr/bin/python3", sys.executable):
        if candidate and Path(candidate).exists():
            return candidate
    raise RuntimeError("no Python found")


@contextlib.contextmanager
def installed() -> Iterator[Install]:
    """The service as the image holds it, for a user that owns nothing of it."""
    if os.geteuid():
        sys.exit("Run it as root: it creates a user and files that this user must not own.")
    run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER)
    home = Path(tempfile.mkdtemp(prefix="chaos-install-"))
    home.chmod(0o755)
    try:
        for name in copied():
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, home / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, home / name)
        run(python(), "-m", "venv", home / ".venv")
        interpreter = home / ".venv/bin/python"
        run(interpreter, "-m", "pip", "install", "-q", "--require-hashes", "-r", home / "requirements.txt")
        environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull}
        run(interpreter, "manage.py", "collectstatic", "--noinput", "-v0", cwd=home, env=environment)
        run("chmod", "-R", "a+rX,go-w", home)
        yield Install(home, str(interpreter), USER)
    finally:
        shutil.rmtree(home)
        run("userdel", USER)


def check_secrets() -> None:
    """Each secret is its own container's, and a second run changes none of them."""
    with tempfile.TemporaryDirectory(prefix="chaos-secrets-") as directory:
        folder = Path(directory) / "secrets"
        folder.mkdir()
        self_sign(folder / "tls.crt", folder / "tls.key")
        run(ROOT / "deploy/secrets.sh", folder)
        before = {path.name: path.read_text() for path in folder.iterdir()}
        run(ROOT / "deploy/secrets.sh", folder)
        assert before == {path.name: path.read_text() for path in folder.iterdir()}
        owners = {path.name: path.stat().st_uid for path in folder.iterdir()}
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o400}
        assert (owners["database_url"], owners["tls.key"], owners["pgbouncer_users"]) == (10001, 101, 10002)


def check_units(install: Install) -> None:
    """systemd itself accepts the units, where it is installed."""
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is absent: the units were started, but not verified")
        return
    with tempfile.TemporaryDirectory(prefix="chaos-units-") as directory:
        for name in ("warrantify.service", "warrantify-worker.service"):
            unit = Path(directory) / name
            unit.write_text(install.unit(name).replace("User=warrantify", f"User={USER}"))
            run("systemd-analyze", "verify", "--man=no", "--generators=no", unit)


def walk(topology: Topology) -> None:
    """Every promise once, through nginx: raises AssertionError at the first that does not hold."""
    install = topology.install
    settings = topology.webs[0].settings
    real = {
        "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
        "PUBLIC_URL": "https://api.example.com",
        "STAFF_MFA": "required",
        "WEBHOOK_ALLOW_PRIVATE": "off",
    }
    print(install.manage({**settings, **real}, "check", "--deploy", "--fail-level", "WARNING").strip())
    denied = subprocess.run(
        ["touch", str(install.code / "x")], user=install.user, check=False, capture_output=True
    )
    assert denied.returncode, "the tree can be written to"
    [(is_superuser,)] = topology.postgres.query("SELECT rolsuper FROM pg_roles WHERE rolname = 'warrantify'")
    assert is_superuser is False, "the service connects as a superuser"
    credentials = topology.create_partner("rehearsal")
    connection = topology.connect()

    def call(method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, response.read()

    login = json.dumps({name: credentials[name] for name in ("username", "password")}).encode()
    status, body = call("POST", f"{API}/token/", login, Content_Type="application/json")
    assert status == 200, body
    bearer = f"Bearer {json.loads(body)['access']}"
    order = json.dumps(an_order(repair_ref_no="REHEARSAL")).encode()
    single = ("POST", f"{API}/repair/single-order/", order)
    status, body = call(*single, Authorization=bearer, Content_Type="application/json")
    assert status == 200, body
    file, content_type = upload_form(["REHEARSAL-1", "REHEARSAL"])
    key = credentials["api_key"]
    status, body = call("POST", f"{API}/repair/bulk-order/", file, X_API_Key=key, Content_Type=content_type)
    assert (status, json.loads(body)["Duplicate_Reference_IDs"]) == (200, ["REHEARSAL"]), body
    status, body = call("GET", f"{API}/claim/tracking/?ReferenceID=REHEARSAL-1", X_API_Key=key)
    assert (status, json.loads(body)["Success"]) == (200, "True"), body
    assert call("GET", f"{API}/sample-template/", X_API_Key=key)[0] == 200
    assert call("GET", "/readyz")[0] == 200
    status, page = call("GET", "/admin/account/login/")
    assert status == 200
    for asset in re.findall(rb'(?:href|src)="(/static/[^"]+)"', page):
        assert call("GET", asset.decode())[0] == 200, asset
    assert call("GET", "/metrics")[0] == 404
    deadline = time.monotonic() + 30
    while not topology.mail.message_ids() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(topology.mail.message_ids()) == 1, "no summary mail"


def main() -> None:
    with installed() as install:
        print(f"installed for {install.user}: {', '.join(copied())}")
        check_secrets()
        check_units(install)
        with running("postgresql", install) as topology:
            walk(topology)
    print("rehearsed: TLS, two instances, worker, PgBouncer, PostgreSQL, Redis, mail")


if __name__ == "__main__":
    main()
