"""Requests per second: single orders, tracking, and what becomes of them as data grows."""

import statistics
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import checks, database, setup
from benchmarks.contenders import Server
from benchmarks.load import write_polls, wrk

POLLED = 2000


@dataclass
class Bench:
    """What every measurement needs: how long, how often, whom, and on which port."""

    seconds: int
    rounds: int
    contenders: tuple[str, ...]
    port: int
    token: str = ""

    @contextmanager
    def server(self, name, database_name=None, has_old_statistics=False, **options):
        """The contender on a fresh copy of the small database, or on the database named."""
        copy = name
        if database_name is None:
            database.create(copy, setup.SMALL)
        if has_old_statistics:
            database.forget_statistics(copy)
        try:
            with Server(name, database_name or copy, self.port, **options) as server:
                yield server
        finally:
            if database_name is None:
                database.drop(copy)

    def log_in(self):
        """Takes the token that all contenders are shown."""
        with self.server("ours") as server:
            self.token = setup.token(server)

    def post(self, server, **options):
        """One round of orders, after a short warm-up."""
        tag = f"{time.time_ns():x}"
        wrk(server, "post.lua", 1, self.token, f"w{tag}", **options)
        return wrk(server, "post.lua", self.seconds, self.token, tag, **options)

    def poll(self, server, with_etags=False, **options):
        """One round of polls over 2,000 orders, after a short warm-up."""
        references = database.references(server.database, POLLED)
        etags = [server.get(r, setup.API_KEY)[1]["ETag"] for r in references] if with_etags else ()
        with tempfile.NamedTemporaryFile("w") as polls:
            write_polls(Path(polls.name), references, etags)
            wrk(server, "get.lua", 1, setup.API_KEY, polls.name, **options)
            return wrk(server, "get.lua", self.seconds, setup.API_KEY, polls.name, **options)


def summary(rounds, base=None):
    """Medians; `of_floor` is the median of the rounds' ratios to the floor's neighbouring round."""
    figures = {
        name: round(statistics.median(getattr(r, name) for r in rounds), 3) for name in rounds[0].as_dict()
    }
    figures["rates"] = [round(r.rate) for r in rounds]
    if base:
        ratios = (r.rate / b.rate for r, b in zip(rounds, base, strict=True))
        figures["of_floor"] = round(statistics.median(ratios), 3)
    return figures


def _interleaved(bench, measures):
    """`measures` by label, in turn, round by round."""
    results = {label: [] for label in measures}
    for number in range(bench.rounds):
        for label, measure in measures.items():
            results[label].append(measure())
            print(f"  round {number + 1} {label:<14}{results[label][-1].rate:>8.0f}/s", flush=True)
    base = results.get("floor")
    return {label: summary(rounds, base) for label, rounds in results.items()}


def post(bench):
    """POST single-order by each contender."""
    for name in bench.contenders:
        with bench.server(name) as server:
            checks.check_post(server, bench.token)

    def measure(name):
        with bench.server(name) as server:
            return bench.post(server)

    return _interleaved(bench, {name: lambda name=name: measure(name) for name in bench.contenders})


def tracking(bench):
    """GET tracking with 12 events by each contender, and our 304."""
    for name in bench.contenders:
        with bench.server(name) as server:
            checks.check_tracking(server, database.references(server.database, POLLED))

    def measure(name, with_etags=False, has_old_statistics=False):
        with bench.server(name, has_old_statistics=has_old_statistics) as server:
            return bench.poll(server, with_etags)

    measures = {name: lambda name=name: measure(name) for name in bench.contenders}
    if "ours" in bench.contenders:
        measures["ours 304"] = lambda: measure("ours", with_etags=True)
        measures["ours, old statistics"] = lambda: measure("ours", has_old_statistics=True)
    results = _interleaved(bench, measures)
    if "ours 304" in results:
        results["ours 304"]["of_own_200"] = round(results["ours 304"]["rate"] / results["ours"]["rate"], 3)
    return results


def scale(bench):
    """Ours at 1,000,000 orders and 12,000,000 events against 10,000 orders."""
    print("  filling 1,000,000 orders ...", flush=True)
    setup.prepare_large()

    def measure(how, database_name):
        with bench.server("ours", database_name) as server:
            return how(server)

    measures = {
        f"{label} {size}": lambda how=how, name=name: measure(how, name)
        for label, how in (("post", bench.post), ("tracking", bench.poll))
        for size, name in (("10k", None), ("1M", setup.LARGE))
    }
    results = _interleaved(bench, measures)
    for label in ("post", "tracking"):
        results[f"{label} kept"] = round(results[f"{label} 1M"]["rate"] / results[f"{label} 10k"]["rate"], 3)
    with database.cursor() as run:
        run.execute("SELECT pg_database_size(%s)", [database.full(setup.LARGE)])
        results["large_gb"] = round(run.fetchone()[0] / 1e9, 2)
    database.drop(setup.LARGE)
    return results


def workers(bench):
    """Ours with one and with two workers, nothing pinned: load, database and service share the cores."""

    def measure(how, count):
        with bench.server("ours", pinned=False, extra={"WEB_CONCURRENCY": str(count)}) as server:
            return how(server, core=None, connections=8)

    measures = {
        f"{label} {count}": lambda how=how, count=count: measure(how, count)
        for label, how in (("post", bench.post), ("tracking", bench.poll))
        for count in (1, 2)
    }
    results = _interleaved(bench, measures)
    for label in ("post", "tracking"):
        results[f"{label} gain"] = round(results[f"{label} 2"]["rate"] / results[f"{label} 1"]["rate"], 3)
    return results
