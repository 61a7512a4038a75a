"""`manage.py serve`, which `make serve` ends in."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.processes import ROOT, free_port
from tests.support.service import manage, service_environ


@contextmanager
def served(environ: dict[str, str], port: int, *prefix: str) -> Iterator[str]:
    """Runs serve until the block ends with Ctrl-C; yields what it printed."""
    command = [*prefix, sys.executable, "manage.py", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if line.startswith("Ctrl-C"):
            break
    try:
        yield printed
    finally:
        process.send_signal(signal.SIGINT)
        process.stdout.close()
        assert process.wait(60) == 0


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("serve")
    settings = {"DEMO_CREDENTIALS": str(folder / "demo.json"), "DEMO_ORDERS": "12", "WEB_CONCURRENCY": "1"}
    return {**service_environ(f"sqlite:///{folder / 'served.sqlite3'}", folder), **settings}


def paste(printed: str, times: int) -> list[str]:
    """Runs the printed lines in a shell, the last one `times` times; its outputs."""
    lines = printed[printed.index("export BASE") : printed.index("Ctrl-C")].strip()
    last = "curl" + lines.split("\ncurl")[1]
    script = lines.split("\ncurl")[0] + f"\n{last}; echo" * times
    ran = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, timeout=60, check=True)
    return ran.stdout.split("\n")


@dataclass(frozen=True)
class Start:
    """A start of the service and its end by Ctrl-C: what it printed, and what these lines answered."""

    port: int
    printed: str
    answers: list[Any]


def start(environ: dict[str, str], *prefix: str) -> Start:
    port = free_port()
    with served(environ, port, *prefix) as printed:
        answers = [json.loads(line) for line in paste(printed, 2)[:2]]
    return Start(port, printed, answers)


@pytest.fixture(scope="module")
def first(environ: dict[str, str]) -> Start:
    """On a database that is not there yet."""
    return start(environ)


@pytest.fixture(scope="module")
def second(environ: dict[str, str], first: Start) -> Start:
    """On the same database, as a script starts it in the background: SIGINT is ignored."""
    return start(environ, "sh", "-c", 'trap "" INT; exec "$@"', "sh")


def test_the_printed_lines_raise_an_order_and_then_its_duplicate(first: Start) -> None:
    raised, duplicate = first.answers
    assert (raised["Status_code"], duplicate["Status_code"]) == ("200", "409")
    assert raised["DATA"] == duplicate["DATA"]


def test_data_and_credentials_stay_between_starts(second: Start) -> None:
    assert second.answers[0]["Status_code"] == "200"
    assert re.search(r"user admin, password \S{12,}", second.printed)


def test_demo_orders_are_added_once(environ: dict[str, str], second: Start) -> None:
    file = environ["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as database:
        [count] = database.execute(
            "SELECT count(*) FROM repairs_repairorder WHERE upload_id IS NULL"
        ).fetchone()
    assert count == 12 + 2  # and those of the printed lines


def test_ctrl_c_ends_every_process(first: Start) -> None:
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", first.port)) != 0
    remaining = subprocess.run(
        ["pgrep", "-f", f"127.0.0.1:{first.port}"], capture_output=True, text=True, check=False
    )
    assert remaining.stdout == ""


def test_sigint_ends_it_where_a_script_runs_it_in_the_background(second: Start) -> None:
    assert "Ctrl-C ends it" in second.printed


def test_a_port_that_is_no_number_is_one_clear_sentence(environ: dict[str, str]) -> None:
    ended = manage(environ | {"PORT": "eighty"}, "serve")
    assert ended.stderr.endswith("error: argument --port: invalid int value: 'eighty'\n")
    assert "Traceback" not in ended.stderr


def test_a_taken_port_is_one_clear_sentence(environ: dict[str, str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        ended = manage(environ, "serve", "--port", str(port))
    assert ended.returncode == 1
    assert (
        ended.stderr
        == f"CommandError: Port {port} cannot be used: is it taken? Choose another: make serve PORT=8001\n"
    )


def test_a_database_away_is_one_clear_sentence(environ: dict[str, str]) -> None:
    away = {"DATABASE_URL": f"postgres://postgres@127.0.0.1:{free_port()}/none"}
    ended = manage(environ | away, "serve", "--port", str(free_port()))
    assert ended.returncode == 1
    assert ended.stderr.startswith("CommandError: The database cannot be used:")
    assert "Traceback" not in ended.stderr
