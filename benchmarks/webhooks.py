"""What webhooks cost: deliveries a second, others' delay beside one that hangs, orders and statuses."""

import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

from benchmarks import database, setup
from benchmarks.contenders import HOST, ROOT, SERVER_CORE, environment
from benchmarks.push_events import HANGING

GOOD = [f"good{number}" for number in range(20)]
PER_SECOND = 100  # events to the good ones
HANGING_QUEUE = 10_000
STATUSES = 200
# The receiver is on loopback.
EXTRA = {"WEBHOOK_ALLOW_PRIVATE": "on", "DJANGO_SETTINGS_MODULE": "warrantify.settings"}
PUSH_EVENTS = [sys.executable, "-m", "benchmarks.push_events"]


class Receiver:
    """Takes webhooks and answers 200 at once, but never on the path that hangs; `came` maps event to time."""

    def __init__(self):
        self.came, self._waiting = {}, set()
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._answer, HOST, 0))
        self.base = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever)

    async def _answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        await reader.readexactly(int(headers["content-length"]))
        self.came.setdefault(headers["webhook-id"], time.time())
        if head.startswith(f"POST /{HANGING} "):
            self._waiting.add(writer)  # so that it is not closed
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()


def _do(name, *arguments):
    """What `push_events` does on the database; its answer."""
    command = ["taskset", "-c", SERVER_CORE, *PUSH_EVENTS, *map(str, arguments)]
    env = environment(name) | EXTRA
    done = subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout or "null")


@contextmanager
def _fresh(receiver, paths, queues):
    """A copy of the small database with these webhooks, and so many events waiting for some of them."""
    name = "pushes"
    database.create(name, setup.SMALL)
    try:
        _do(name, "register", receiver.base, ",".join(paths))
        for path, count in queues.items():
            _do(name, "fill", path, count)
        yield name
    finally:
        database.drop(name)


@contextmanager
def _worker(name):
    """A worker on the servers' core."""
    command = ["taskset", "-c", SERVER_CORE, sys.executable, str(ROOT / "manage.py"), "worker"]
    process = subprocess.Popen(command, env=environment(name) | EXTRA, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait(receiver, wanted, seconds=60):
    deadline = time.time() + seconds
    while not wanted(receiver.came):
        if time.time() > deadline:
            raise RuntimeError(f"only {len(receiver.came)} deliveries came within {seconds} s")
        time.sleep(0.05)


def _rate(count):
    """Deliveries a second of one worker to one endpoint with a queue, from the first to the last."""
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        name = stack.enter_context(_fresh(receiver, ["fast"], {"fast": count}))
        stack.enter_context(_worker(name))
        _wait(receiver, lambda came: len(came) == count)
        return (count - 1) / (max(receiver.came.values()) - min(receiver.came.values()))


def _delays(seconds, hanging):
    """Seconds from commit to arrival at twenty good endpoints, with or without one that hangs."""
    queues = {HANGING: HANGING_QUEUE} if hanging else {}
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        name = stack.enter_context(_fresh(receiver, [*GOOD, *queues], queues))
        stack.enter_context(_worker(name))
        for _ in range(2):  # the first warms the worker up
            committed = _do(name, "emit", seconds, PER_SECOND)
            _wait(receiver, lambda came, ids=set(committed): ids <= set(came))
        return [receiver.came[event] - at for event, at in committed.items()]


def _ten(server_name):
    """Registers ten webhooks that nothing is sent to: no worker runs."""
    _do(server_name, "register", "http://127.0.0.1:9", ",".join(GOOD[:10]))


def _post(bench, with_webhooks):
    with bench.server("ours") as server:
        if with_webhooks:
            _ten(server.database)
        return bench.post(server).rate


def _record():
    """Milliseconds of recording a status: with 0 and 10 webhooks, elapsed and CPU, medians."""
    name = "pushes"
    database.create(name, setup.SMALL)
    try:
        _ten(name)
        found = _do(name, "record", STATUSES)
    finally:
        database.drop(name)
    return {n: {unit: statistics.median(ms) for unit, ms in figures.items()} for n, figures in found.items()}


def webhooks(bench):
    """All four; each ratio is the median of the rounds' own."""
    rates, delays, posts, records = [], [], [], []
    for number in range(bench.rounds):
        rates.append(_rate(300 * bench.seconds))
        delays.append([_p95(_delays(bench.seconds, hanging)) for hanging in (False, True)])
        posts.append([_post(bench, with_webhooks) for with_webhooks in (False, True)])
        records.append(_record())
        print(f"  round {number + 1} {rates[-1]:.0f} deliveries/s", flush=True)
    return {
        "deliveries a second": round(statistics.median(rates)),
        "delay p95 ms": _pair(delays, 1000),
        "delay p95, one hangs, x quiet": _ratio((hung, quiet) for quiet, hung in delays),
        "POST/s, 0 and 10 webhooks": _pair(posts),
        "POST, x without": _ratio(posts),
        "status ms, 0 and 10 webhooks": _pair([[r[n]["elapsed_ms"] for n in ("0", "10")] for r in records]),
        "status, x without": _ratio((r["10"]["elapsed_ms"], r["0"]["elapsed_ms"]) for r in records),
        "status CPU, x without": _ratio((r["10"]["cpu_ms"], r["0"]["cpu_ms"]) for r in records),
    }


def _p95(values):
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def _pair(pairs, scale=1):
    """The medians of both sides."""
    return [round(statistics.median(side) * scale, 2) for side in zip(*pairs, strict=True)]


def _ratio(pairs):
    """The median of the first by the second: of times where more is slower, of rates without by with."""
    return round(statistics.median(a / b for a, b in pairs), 2)
