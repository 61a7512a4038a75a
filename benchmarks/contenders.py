"""How each contender is started: one worker, pinned to one core, on a database of its own."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from benchmarks import database
from tests.support.http import Client
from tests.support.service import SECRETS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HOST = "127.0.0.1"
SERVER_CORE, LOAD_CORE = "0", "1"

OUR_BIN = Path(sys.executable).parent
PEER_BIN = HERE / ".venv" / "bin"


def environment(database_name):
    """What contenders see: nothing of the caller's but where programs are."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database.url(database_name),
        "DEBUG": "off",
        "ALLOWED_HOSTS": HOST,
        "ACCESS_TOKEN_MINUTES": "600",
        "WEB_CONCURRENCY": "1",
        "PYTHONWARNINGS": "ignore",
        "MALLOC_ARENA_MAX": "2",  # as the Dockerfile and the unit set these
        "MALLOC_TRIM_THRESHOLD_": "131072",
        "ENV_FILE": os.devnull,
        **SECRETS,
    }


def ours(port):
    return [str(OUR_BIN / "gunicorn"), "-b", f"{HOST}:{port}"]


def _gunicorn(app):
    def command(port):
        threads = ["-k", "gthread", "--threads", "4", "--keep-alive", "75", "--no-control-socket"]
        bind = ["-b", f"{HOST}:{port}", "--worker-tmp-dir", "/dev/shm"]
        return [str(PEER_BIN / "gunicorn"), "--log-level", "warning", *threads, *bind, app]

    return command


def fastapi(port):
    loop = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    return [
        str(PEER_BIN / "uvicorn"),
        "benchmarks.fastapi_app:app",
        "--host",
        HOST,
        "--port",
        str(port),
        *loop,
    ]


COMMANDS = {
    "floor": _gunicorn("benchmarks.floor:application"),
    "ours": ours,
    "fastapi": fastapi,
    "stock": _gunicorn("benchmarks.stock.wsgi:application"),
}


def clock_ticks(pids):
    """CPU seconds that the processes have used."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A running contender; use as a context manager."""

    name: str
    database: str
    port: int
    extra: dict[str, str] = field(default_factory=dict)
    pinned: bool = True
    process: subprocess.Popen | None = None
    log: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    cold_start: float = 0.0

    def __enter__(self):
        command = COMMANDS[self.name](self.port)
        if self.pinned:
            command = ["taskset", "-c", SERVER_CORE, *command]
        env = environment(self.database) | self.extra
        started = time.perf_counter()
        # Peers start where gunicorn does not find this project's gunicorn.conf.py.
        where = ROOT if self.name == "ours" else HERE
        self.process = subprocess.Popen(command, cwd=where, env=env, stderr=self.log, start_new_session=True)
        self._wait()
        self.cold_start = time.perf_counter() - started
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()

    def _wait(self):
        """Until it answers a request that it has to look at its database for."""
        for _ in range(3000):
            if self.process.poll() is not None:
                self.log.seek(0)
                raise RuntimeError(f"{self.name} ended: {self.log.read()[-2000:].decode()}")
            try:
                status, _, _ = self.get("nothing-of-the-kind", "wk_000000000000_wrong")
            except OSError:
                time.sleep(0.01)
                continue
            if status == 401:
                return
            raise RuntimeError(f"{self.name} answered {status} to its first request")
        raise RuntimeError(f"{self.name} did not answer within 30 s")

    def request(self, method, path, body=None, headers=None):
        """Status, headers, body of one request on a connection of its own."""
        return Client(f"http://{HOST}:{self.port}").send(method, path, headers, body)

    def get(self, reference, api_key, **headers):
        path = f"claim/tracking/?ReferenceID={reference}"
        return self.request("GET", path, headers={"X-API-Key": api_key} | headers)

    def processes(self):
        """PIDs of master and workers."""
        pids = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(stat.read_text().rsplit(")", 1)[1].split()[2]) == self.process.pid:
                    pids.append(int(stat.parent.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
        return sorted(pids)

    def rss_mb(self):
        """Resident memory of the largest process, which is the worker."""
        sizes = []
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    sizes.append(int(line.split()[1]) / 1024)
        return max(sizes)
