"""What a worker costs to start and to keep, and whether a day's last ID costs what its first did."""

import http.client
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

from benchmarks import checks, database, workbooks
from benchmarks.bulk import upload
from benchmarks.contenders import HOST
from benchmarks.setup import API_KEY

DAY = 10_000


class Client:
    """One keep-alive connection."""

    def __init__(self, server, token):
        self.connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
        self.json = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def send(self, method, path, body=None, headers=None):
        self.connection.request(method, f"/api/warrantify/{path}", body, headers or {"X-API-Key": API_KEY})
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def order(self, reference, **changes):
        body = json.dumps(checks.ORDER | {"repair_ref_no": reference} | changes)
        status, _, answer = self.send("POST", "repair/single-order/", body, self.json)
        return status, json.loads(answer)


def request_ids(bench):
    """All 10,000 IDs of a day over HTTP, on one connection: median latency of its first and last tenth."""
    results = []
    for number in range(max(1, bench.rounds // 2)):
        with bench.server("ours") as server:
            client, ids, times = Client(server, bench.token), set(), []
            for n in range(DAY):
                started = time.perf_counter()
                _, answer = client.order(f"DAY-{n}")
                times.append(time.perf_counter() - started)
                ids.add(answer["DATA"]["request_id"])
            checks.expect(
                server, "different IDs of four digits", (len(ids), {len(i) for i in ids}), (DAY, {18})
            )
            first, last = (statistics.median(part) * 1000 for part in (times[100:1100], times[-1000:]))
            results.append(
                {"first_ms": round(first, 3), "last_ms": round(last, 3), "kept": round(first / last, 3)}
            )
            print(f"  day {number + 1} {results[-1]}", flush=True)
    return results[0] | {"kept": statistics.median(r["kept"] for r in results), "days": results}


def _mixed(server, token, tag, references, how_many):
    """Of ten requests four are orders, four polls, one a conditional poll, one a refused order."""
    client, etag = Client(server, token), {}
    for n in range(how_many):
        reference = references[n % len(references)]
        if n % 10 < 4:
            wanted, (status, _) = 200, client.order(f"{tag}-{n}")
        elif n % 10 < 8:
            wanted, (status, headers, _) = 200, client.send("GET", f"claim/tracking/?ReferenceID={reference}")
            etag = {"If-None-Match": headers["ETag"], "X-API-Key": API_KEY}
            polled = reference
        elif n % 10 == 8:
            wanted = 304
            status, _, _ = client.send("GET", f"claim/tracking/?ReferenceID={polled}", headers=etag)
        else:
            wanted, (status, _) = 400, client.order(f"{tag}-{n}", Pincode="56000")
        checks.expect(server, "a mixed request", status, wanted)


def memory(bench, requests=20_000, uploads=20):
    """Resident megabytes of the worker, sampled after each twentieth of the load."""
    with bench.server("ours") as server, tempfile.TemporaryDirectory() as folder:
        references = database.references(server.database, 500)
        samples = [server.rss_mb()]
        for part in range(uploads):
            threads = [
                threading.Thread(
                    target=_mixed,
                    args=(server, bench.token, f"M{part}-{n}", references, requests // uploads // 4),
                )
                for n in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            path = Path(folder, f"{part}.xlsx")
            workbooks.write(path, f"mixed{part}")
            upload(server, path)
            samples.append(server.rss_mb())
            print(f"  after {(part + 1) * requests // uploads:>6} requests {samples[-1]:.1f} MB", flush=True)
        return {
            "start_mb": round(samples[0], 1),
            "half_mb": round(samples[uploads // 2], 1),
            "end_mb": round(samples[-1], 1),
            "growth_of_last_half_mb": round(samples[-1] - samples[uploads // 2], 1),
            "samples": [round(s, 1) for s in samples],
        }


def cold_start(bench):
    """From starting gunicorn to the first answer that needed the database."""
    times = []
    for _ in range(bench.rounds):
        with bench.server("ours") as server:
            times.append(round(server.cold_start, 3))
    return {"seconds": statistics.median(times), "times": times}
