"""`python -m benchmarks.stock METHOD FILE...`: times the uploads in this process."""

import json
import os
import sys
import time

import django


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.stock.settings")
    django.setup()
    from benchmarks.stock.bulk import METHODS

    method, *paths = sys.argv[1:]
    for path in paths:
        started = time.perf_counter()
        stored = METHODS[method](path)
        print(json.dumps({"seconds": time.perf_counter() - started, "stored": stored}))


if __name__ == "__main__":
    main()
