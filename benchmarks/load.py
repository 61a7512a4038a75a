"""Load by wrk from the other core, and what it cost the server and the database."""

import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import database
from benchmarks.contenders import HERE, HOST, LOAD_CORE, clock_ticks

CONNECTIONS = 4


@dataclass(frozen=True)
class Round:
    """One round's figures; CPU times are milliseconds per request."""

    rate: float
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    database_cpu_ms: float

    def as_dict(self):
        return {name: round(value, 3) for name, value in asdict(self).items()}


def wrk(server, script, seconds, *arguments, core=LOAD_CORE, connections=CONNECTIONS):
    """Loads `server` for `seconds`; raises RuntimeError where a single answer is an error."""
    pids, backends = server.processes(), database.backends(server.database)
    before = clock_ticks(pids), clock_ticks(backends)
    pin = ["taskset", "-c", core] if core else []
    command = [*pin, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / "lua" / script)]
    command += [f"http://{HOST}:{server.port}", "--", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise RuntimeError(done.stdout + done.stderr)
    result = json.loads(lines[0].removeprefix("RESULT "))
    count = result["requests"]
    if result["refused"] or result["broken"] or not count:
        raise RuntimeError(f"{server.name}: {result}")
    return Round(
        rate=count / result["seconds"],
        p50_ms=result["p50_ms"],
        p99_ms=result["p99_ms"],
        server_cpu_ms=(clock_ticks(pids) - before[0]) * 1000 / count,
        database_cpu_ms=(clock_ticks(backends) - before[1]) * 1000 / count,
    )


def write_polls(path: Path, references, etags=()):
    """The file that `get.lua` reads."""
    lines = [" ".join(pair) for pair in zip(references, etags, strict=True)] if etags else references
    path.write_text("\n".join(lines) + "\n")
