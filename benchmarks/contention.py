"""What orders wait for: uploads of other people's, and the commits of other orders."""

import itertools
import statistics
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from benchmarks import checks, database, workbooks
from benchmarks.bulk import upload
from benchmarks.endurance import Client

PER_SECOND = 40  # single orders, by so many senders:
SENDERS = 4
WORKBOOKS = 10  # for a round of uploads; each takes about half a second
CONNECTIONS = (1, 2, 4, 8)
TWO_WORKERS = {"WEB_CONCURRENCY": "2"}

# A slow disk: each transaction that stores an order or moves the counter takes 5 ms to commit, and keeps
# its locks meanwhile. A deferred constraint trigger runs within COMMIT; it sleeps once a transaction.
SLOW_COMMITS = """
CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('bench.slept', true) IS DISTINCT FROM txid_current()::text THEN
        PERFORM set_config('bench.slept', txid_current()::text, true);
        PERFORM pg_sleep(0.005);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON repairs_repairorder
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow_commit();
CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT OR UPDATE ON repairs_daycounter
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow_commit();
"""


def _send_orders(server, token, tag, seconds, milliseconds):
    """One sender's orders at its fixed pace; a late answer delays the next order, as it would a partner's."""
    client = Client(server, token)
    pause = SENDERS / PER_SECOND
    for n in range(int(seconds / pause)):
        started = time.perf_counter()
        status, _ = client.order(f"{tag}-{n}")
        elapsed = time.perf_counter() - started
        checks.expect(server, "an order", status, 200)
        milliseconds.append(elapsed * 1000)
        time.sleep(max(0, pause - elapsed))


def _latencies(server, token, seconds):
    milliseconds, tag = [], f"{time.time_ns():x}"
    senders = [
        threading.Thread(target=_send_orders, args=(server, token, f"{tag}{n}", seconds, milliseconds))
        for n in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return milliseconds


@contextmanager
def _uploading(server, folder):
    """Uploads workbooks of 1,000 new rows one after the other meanwhile; yields the list of their seconds."""
    paths = [Path(folder, f"{time.time_ns():x}.xlsx") for _ in range(WORKBOOKS)]
    for path in paths:
        workbooks.write(path, path.stem)
    seconds, end = [], threading.Event()

    def run():
        for path in itertools.takewhile(lambda _: not end.is_set(), paths):
            seconds.append(upload(server, path))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield seconds
    finally:
        end.set()
        thread.join()


def uploads(bench):
    """p50 and p99 of single orders while uploads run, against without; two workers, nothing pinned."""
    seconds = 2 * bench.seconds
    quiet, busy, taken = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(bench.rounds):
            with bench.server("ours", pinned=False, extra=TWO_WORKERS) as server:
                _latencies(server, bench.token, 1)
                quiet += _latencies(server, bench.token, seconds)
                with _uploading(server, folder) as uploaded:
                    busy += _latencies(server, bench.token, seconds)
                taken += uploaded
            print(f"  round {number + 1} {len(uploaded)} uploads", flush=True)
    results = {"quiet": _percentiles(quiet), "uploads": _percentiles(busy)}
    for name in ("p50_ms", "p99_ms"):
        results[f"{name[:3]} x quiet"] = round(results["uploads"][name] / results["quiet"][name], 2)
    return results | {"uploads run": len(taken), "upload_ms": round(statistics.median(taken) * 1000)}


def _percentiles(milliseconds):
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return {"p50_ms": round(cuts[49], 2), "p99_ms": round(cuts[98], 2), "orders": len(milliseconds)}


def commits(bench):
    """Orders a second of 1, 2, 4 and 8 connections over two workers where each commit takes 5 ms.

    The floor holds the day's counter until its order's commit, so that is as fast as one connection.
    """
    rates = {name: {n: [] for n in CONNECTIONS} for name in ("floor", "ours")}
    for number in range(bench.rounds):
        for name, by_connections in rates.items():
            with bench.server(name, pinned=False, extra=TWO_WORKERS) as server:
                with database.cursor(server.database) as run:
                    run.execute(SLOW_COMMITS)
                for n, found in by_connections.items():
                    found.append(bench.post(server, core=None, connections=n).rate)
                figures = ", ".join(f"{n}: {found[-1]:.0f}/s" for n, found in by_connections.items())
                print(f"  round {number + 1} {name:<6} {figures}", flush=True)
    return {name: _gain(by_connections) for name, by_connections in rates.items()}


def _gain(by_connections):
    first, last = by_connections[CONNECTIONS[0]], by_connections[CONNECTIONS[-1]]
    return {
        "rates": {n: round(statistics.median(found)) for n, found in by_connections.items()},
        "gain": round(statistics.median(b / a for a, b in zip(first, last, strict=True)), 2),
    }
