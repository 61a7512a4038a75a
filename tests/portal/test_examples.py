"""The guide's client examples, run against the live service."""

import os
import re
import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from portal import guide
from portal.guide import EXAMPLES
from tests.support.processes import JAVA
from tests.support.service import Service

pytestmark = pytest.mark.once

CLIENTS = {
    "client.sh": ["sh"],
    "client.py": [sys.executable],
    "client.js": ["node"],
    "Client.java": ["java", *JAVA],
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


def run_example(name: str, environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    program = CLIENTS[name]
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed")
    command = [*program, str(EXAMPLES / name), f"EXAMPLE-{uuid.uuid4().hex}"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("name", CLIENTS)
def test_an_example_works_as_it_stands(live: Service, name: str) -> None:
    run = run_example(name, environment(live))
    assert run.returncode == 0, run.stderr
    said = dict(line.split(": ", 1) for line in run.stdout.splitlines())
    assert re.fullmatch("REPAIR[0-9]{12,14}", said["order"])
    assert said["again"] == said["order"]
    assert said["upload"].endswith("would be uploaded")
    assert "No tracking information available" in said["tracking"]
    assert said["poll"] == "304"


@pytest.mark.parametrize("name", CLIENTS)
def test_an_example_says_that_the_password_is_wrong(live: Service, name: str) -> None:
    environ = {**environment(live), "WARRANTIFY_USERNAME": f"nobody-{name}", "WARRANTIFY_PASSWORD": "wrong"}
    run = run_example(name, environ)
    assert run.returncode == 1
    assert re.fullmatch("No token: .*WARRANTIFY_USERNAME and WARRANTIFY_PASSWORD.\n", run.stderr)


@dataclass
class Flaky:
    """A service that answers 502, 504, and then 401; `statuses` are those still to come."""

    url: str
    statuses: list[int]


@pytest.fixture
def flaky() -> Iterator[Flaky]:
    statuses = [502, 504]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(statuses.pop(0) if statuses else 401)
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(b'{"Message": "Invalid username or password"}')

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Flaky(f"http://127.0.0.1:{server.server_port}", statuses)
    server.shutdown()


@pytest.mark.parametrize("name", CLIENTS)
def test_an_example_sends_again_after_a_502_and_a_504(live: Service, flaky: Flaky, name: str) -> None:
    environ = {**environment(live), "WARRANTIFY_URL": flaky.url}
    run = run_example(name, environ)
    assert (run.returncode, flaky.statuses) == (1, [])
    assert run.stderr.startswith("No token: ")


@pytest.mark.django_db
def test_the_guides_shell_lines_work_in_their_order(live: Service, tmp_path: Path) -> None:
    text = guide.markdown(live.base).split("## Clients")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "\necho\n".join(block for block in blocks if "your user name" not in block)
    run = subprocess.run(
        ["bash", "-euo", "pipefail"],
        cwd=tmp_path,
        env=environment(live),
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
