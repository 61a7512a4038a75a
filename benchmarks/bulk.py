"""1,000 rows in one workbook: the peers as functions in a process of their own, we over HTTP."""

import json
import statistics
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

from benchmarks import database, setup, workbooks
from benchmarks.checks import expect
from benchmarks.contenders import PEER_BIN, ROOT, SERVER_CORE, environment

PEERS = {
    "floor": ["benchmarks.bulk_floor"],
    "import-export": ["benchmarks.stock", "import-export"],
    "import-export use_bulk": ["benchmarks.stock", "import-export use_bulk"],
    "openpyxl + serializer": ["benchmarks.stock", "openpyxl + serializer"],
}
COPY = "bulk"


def multipart(path):
    """Body and content type of an upload."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("Client Email", "client@example.com"), ("Client Name", "Acme Devices"))
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="customFile"; filename="orders.xlsx"\r\n'
        "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\r\n\r\n"
    )
    body = "".join(parts).encode() + Path(path).read_bytes() + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def upload(server, path):
    """Seconds of one upload of 1,000 good rows."""
    body, content_type = multipart(path)
    headers = {"Content-Type": content_type, "X-API-Key": setup.API_KEY}
    started = time.perf_counter()
    status, _, answer = server.request("POST", "repair/bulk-order/", body, headers)
    seconds = time.perf_counter() - started
    expect(server, "an upload", status, 200)
    expect(server, "rows stored", json.loads(answer)["Uploaded_Orders_Count"], workbooks.ROWS)
    return seconds


def _ours(bench, paths):
    with bench.server("ours") as server:
        return [upload(server, path) for path in paths][-1]


def _peer(module, paths):
    database.create(COPY, setup.SMALL)
    try:
        command = ["taskset", "-c", SERVER_CORE, str(PEER_BIN / "python"), "-m", *module, *map(str, paths)]
        done = subprocess.run(
            command, check=False, env=environment(COPY), cwd=ROOT, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        answer = json.loads(done.stdout.splitlines()[-1])
        with database.cursor(COPY) as run:
            run.execute("SELECT count(*) FROM repairs_repairorder WHERE source = 'upload'")
            stored = run.fetchone()[0]
    finally:
        database.drop(COPY)
    if (answer["stored"], stored) != (workbooks.ROWS, workbooks.ROWS * len(paths)):
        raise RuntimeError(f"{module}: {answer}, {stored} rows")
    return answer["seconds"]


def bulk(bench):
    """Seconds for the second workbook that a fresh process reads; the first warms it up."""
    times = {name: [] for name in ("floor", "ours", *list(PEERS)[1:])}
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{tag}.xlsx") for tag in ("first", "second")]
        for path in paths:
            workbooks.write(path, path.stem)
        for number in range(bench.rounds):
            for name, seconds in times.items():
                seconds.append(_ours(bench, paths) if name == "ours" else _peer(PEERS[name], paths))
                print(f"  round {number + 1} {name:<24}{seconds[-1] * 1000:>7.0f} ms", flush=True)
    floor = times["floor"]
    return {
        name: {
            "ms": round(statistics.median(seconds) * 1000, 1),
            "times": [round(s * 1000) for s in seconds],
            "of_floor": round(statistics.median(s / f for s, f in zip(seconds, floor, strict=True)), 2),
        }
        for name, seconds in times.items()
    }
