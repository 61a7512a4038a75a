"""`python -m benchmarks.run`: the service against its floor and its peers. See benchmarks/README.md."""

import argparse
import json
import os
import platform
import signal
import sys
from datetime import datetime

from benchmarks import (
    bulk,
    capacity,
    contention,
    database,
    endurance,
    plans,
    rates,
    report,
    setup,
    webhooks,
)
from benchmarks.contenders import COMMANDS, HERE, ROOT

ROWS = {
    "post": rates.post,
    "tracking": rates.tracking,
    "plans": plans.plans,
    "bulk": bulk.bulk,
    "request_ids": endurance.request_ids,
    "memory": endurance.memory,
    "cold_start": endurance.cold_start,
    "workers": rates.workers,
    "uploads": contention.uploads,
    "commits": contention.commits,
    "webhooks": webhooks.webhooks,
    "scale": rates.scale,
}
RESULTS = HERE / "results"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short rounds")
    parser.add_argument("--only", default=",".join(ROWS), help=f"rows to measure: {', '.join(ROWS)}")
    parser.add_argument("--contenders", default=",".join(COMMANDS), help="whom, comma separated")
    parser.add_argument("--seconds", type=int, help="of each round")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--port", type=int, default=8180)
    return parser.parse_args()


def machine():
    with database.cursor() as run:
        run.execute("SHOW server_version")
        [postgres] = run.fetchone()
    return {
        "when": f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": postgres,
    }


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers and databases are cleared away
    bench = rates.Bench(
        seconds=options.seconds or (2 if options.quick else 4),
        rounds=options.rounds or (2 if options.quick else 5),
        contenders=tuple(options.contenders.split(",")),
        port=options.port,
    )
    database.use(options.port)
    setup.install_peers()
    setup.step_aside()
    results = {}
    try:
        setup.prepare_databases()
        bench.log_in()
        for row in options.only.split(","):
            print(f"{row}:", flush=True)
            results[row] = ROWS[row](bench)
    finally:
        database.drop_all()
    publish(results, whole=not options.quick and set(results) == set(ROWS))


def publish(results, whole):
    """Prints the figures; those of a whole run become the published ones."""
    print(report.table(results))
    text = json.dumps({"machine": machine()} | results, indent=1) + "\n"
    RESULTS.mkdir(exist_ok=True)
    if whole:
        (RESULTS / "latest.json").write_text(text)
        (RESULTS / "chart.svg").write_text(report.chart(results))
        capacity.publish(results, ROOT / "docs" / "scaling.md")
    else:
        (RESULTS / "quick.json").write_text(text)


if __name__ == "__main__":
    main()
