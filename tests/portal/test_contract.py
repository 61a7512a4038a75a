"""The contract suite, on the database under test, as `make verify` runs it on any deployment."""

import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from contract.answers import assert_refused
from tests.support import commands
from tests.support.http import Answer
from tests.support.processes import ROOT
from tests.support.service import Service


def run_suite(environ: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", *(arguments or ["contract"])]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_service_keeps_its_contract(live: Service) -> None:
    manage = [sys.executable, commands.__file__, live.commands.address()]
    environ = {
        **live.environ,
        "CONTRACT_URL": live.base,
        "CONTRACT_USERNAME": live.username,
        "CONTRACT_PASSWORD": live.password,
        "CONTRACT_API_KEY": live.api_key,
        "CONTRACT_MANAGE": shlex.join(manage),
    }
    run = run_suite(environ)
    assert run.returncode == 0, run.stdout[-8000:]
    assert "skipped" not in run.stdout


def test_without_a_service_it_says_so() -> None:
    run = run_suite({"CONTRACT_URL": ""}, "contract/test_beside.py", "-k", "probes")
    assert (run.returncode, "CONTRACT_URL names no service" in run.stdout) == (1, True)


@contextmanager
def answering(status: int, body: object) -> Iterator[str]:
    """A service that always answers the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


NOT_FOUND = {"Success": "False", "Status_code": "404", "Message": "Not found"}


@pytest.mark.parametrize(("message", "status"), [("Not found", 0), ("Not found.", 1)])
def test_a_changed_message_fails_the_suite(message: str, status: int) -> None:
    with answering(404, {**NOT_FOUND, "Message": message}) as url:
        run = run_suite({"CONTRACT_URL": url}, "contract/test_rules.py", "-k", "unknown_path")
    assert run.returncode == status, run.stdout


def answer(body: object, status: int = 404, media_type: str = "application/json") -> Answer:
    headers = HTTPMessage()
    headers["Content-Type"] = media_type
    return Answer(status, headers, json.dumps(body).encode())


def test_the_documented_refusal_is_accepted() -> None:
    assert_refused(answer(NOT_FOUND), 404, "Not found")


@pytest.mark.parametrize(
    "changed",
    [
        answer(NOT_FOUND, 200),
        answer(NOT_FOUND, media_type="text/html"),
        answer({**NOT_FOUND, "Status_code": 404}),
        answer({**NOT_FOUND, "Success": False}),
        answer({**NOT_FOUND, "Detail": "more"}),
        answer({**NOT_FOUND, "Errors": {"path": []}}),
        answer("<html>"),
    ],
)
def test_a_changed_answer_is_noticed(changed: Answer) -> None:
    with pytest.raises(AssertionError):
        assert_refused(changed, 404, "Not found")


def test_a_401_names_its_challenge() -> None:
    body = {"Success": "False", "Status_code": "401", "Message": "Invalid or missing token"}
    with pytest.raises(AssertionError):
        assert_refused(answer(body, 401), 401, "Invalid or missing token")
