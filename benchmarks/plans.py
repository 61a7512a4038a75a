"""`python -m benchmarks.plans`: what the hot statements read of DATABASE_URL, as one JSON object.

For each request: the rows that its statements looked at, and the tables that they walked from end to end.
"""

import json
import os
import subprocess
import sys
from functools import partial
from urllib.parse import urlencode

from benchmarks import database, setup
from benchmarks.contenders import ROOT, environment

TRACKING = "/api/warrantify/claim/tracking/"


def plans(bench):
    """Rows read per request with present statistics, and with those of an empty table."""
    results = {}
    for label, forget in (("present statistics", False), ("old statistics", True)):
        copy = "plans"
        database.create(copy, setup.SMALL)
        try:
            if forget:
                database.forget_statistics(copy)
            results[label] = read_by(copy)
        finally:
            database.drop(copy)
        print(f"  {label}: {results[label]}", flush=True)
    return results


def read_by(copy):
    """What this module prints about the database."""
    environ = environment(copy) | {"BENCH_REFERENCES": json.dumps(database.references(copy, 2000)[:100])}
    command = [sys.executable, "-m", "benchmarks.plans"]
    done = subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def main():
    os.environ["DJANGO_SETTINGS_MODULE"] = "warrantify.settings"
    import django

    django.setup()
    from django.test import Client

    from tests.support.plans import plans_of, rows_read, scans

    references = json.loads(os.environ["BENCH_REFERENCES"])
    request_id = next(r for r in references if r.startswith("REPAIR"))
    reference = next(r for r in references if not r.startswith("REPAIR"))
    client = Client(headers={"X-API-Key": setup.API_KEY, "Host": "127.0.0.1"})
    asked = {
        "poll by request ID": (TRACKING, {"ReferenceID": request_id}),
        "poll by reference": (TRACKING, {"ReferenceID": reference}),
        "batch of 100": (f"{TRACKING}batch/", {"ReferenceID": ",".join(references)}),
    }
    found = {}
    for label, (path, query) in asked.items():
        seen = plans_of(partial(client.get, f"{path}?{urlencode(query)}"))
        found[label] = {
            "rows": sum(map(rows_read, seen)),
            "walked": sorted(set().union(*map(scans, seen))),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
