"""`python -m benchmarks.key_timing`: does the time of a refusal tell a right key prefix from a wrong one?

Sends both kinds in random turn over one connection. Of a right and a wrong one drawn at random, `slower`
is how often the right one took longer: 0.5 where time tells nothing.
"""

import argparse
import random
import statistics
import time
from bisect import bisect_left

from benchmarks import database, setup
from benchmarks.contenders import Server
from benchmarks.endurance import Client

RIGHT = f"{setup.API_KEY[:-1]}!"
WRONG = f"wk_ba9876543210_{RIGHT.split('_', 2)[2]}"


def slower_share(right, wrong):
    """The share of pairs in which the right one is the slower."""
    ordered = sorted(wrong)
    return sum(bisect_left(ordered, taken) for taken in right) / len(right) / len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--port", type=int, default=8181)
    options = parser.parse_args()
    database.use(options.port)
    setup.step_aside()
    times = {RIGHT: [], WRONG: []}
    try:
        setup.prepare_databases()
        with Server("ours", setup.SMALL, options.port) as server:
            client = Client(server, "")
            for _ in range(options.requests):
                key = random.choice((RIGHT, WRONG))
                started = time.perf_counter()
                status, _, _ = client.send(
                    "GET", "claim/tracking/?ReferenceID=OLD-1", headers={"X-API-Key": key}
                )
                times[key].append(time.perf_counter() - started)
                if status != 401:
                    raise RuntimeError(f"{status} for a wrong key")
    finally:
        database.drop_all()
    for name, key in (("right prefix", RIGHT), ("wrong prefix", WRONG)):
        print(f"{name}: median {statistics.median(times[key]) * 1e6:.1f} µs of {len(times[key])}")
    print(f"slower: {slower_share(times[RIGHT], times[WRONG]):.3f}")


if __name__ == "__main__":
    main()
