"""`manage.py serve`, which `make serve` ends in."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

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


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    database = f"sqlite:///{tmp_path / 'served.sqlite3'}"
    return {**service_environ(database, tmp_path), "DEMO_CREDENTIALS": str(tmp_path / "demo.json")}


def paste(printed: str, times: int) -> list[str]:
    """Runs the printed lines in a shell, the last one `times` times; its outputs."""
    lines = printed[printed.index("export BASE") : printed.index("Ctrl-C")].strip()
    last = "curl" + lines.split("\ncurl")[1]
    script = lines.split("\ncurl")[0] + f"\n{last}; echo" * times
    ran = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, timeout=60, check=True)
    return ran.stdout.split("\n")


def test_the_printed_lines_raise_an_order_and_then_its_duplicate(environ: dict[str, str]) -> None:
    with served(environ, free_port()) as printed:
        first, second = [json.loads(line) for line in paste(printed, 2)[:2]]
    assert (first["Status_code"], second["Status_code"]) == ("200", "409")
    assert first["DATA"] == second["DATA"]


def test_data_and_credentials_stay_between_starts(environ: dict[str, str]) -> None:
    for _ in range(2):
        with served(environ, free_port()) as printed:
            answer = json.loads(paste(printed, 1)[0])
            assert answer["Status_code"] == "200"
    assert re.search(r"user admin, password \S{12,}", printed)


def test_demo_orders_are_added_once(environ: dict[str, str]) -> None:
    environ["DEMO_ORDERS"] = "12"
    for _ in range(2):
        with served(environ, free_port()):
            pass

    count = "from repairs.models import RepairOrder as R; print(R.objects.filter(upload=None).count())"
    assert manage(environ, "shell", "--verbosity", "0", "-c", count).stdout == "12\n"


def test_ctrl_c_ends_every_process(environ: dict[str, str]) -> None:
    port = free_port()
    with served(environ, port):
        pass
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    remaining = subprocess.run(
        ["pgrep", "-f", f"127.0.0.1:{port}"], capture_output=True, text=True, check=False
    )
    assert remaining.stdout == ""


def test_sigint_ends_it_where_a_script_runs_it_in_the_background(environ: dict[str, str]) -> None:
    ignoring = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
    with served(environ, free_port(), *ignoring) as printed:
        assert "Ctrl-C ends it" in printed


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
    environ["DATABASE_URL"] = f"postgres://nobody@127.0.0.1:{free_port()}/none"
    ended = manage(environ, "serve", "--port", str(free_port()))
    assert ended.returncode == 1
    assert ended.stderr.startswith("CommandError: The database cannot be used:")
    assert "Traceback" not in ended.stderr
