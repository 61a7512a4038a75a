"""What hostile and heavy workbooks cost a running service: status, seconds of a core, its memory.

    python -m benchmarks.hostile_workbooks [DATABASE_URL of a PostgreSQL server]

Starts its own gunicorn (one process) on a database of its own and sends each file once. Nothing may be
a 5xx, use a core for over 2 s, or need over 100 MB more than the process had before; exits with 1
otherwise. Both count the whole request: form, workbook, database, answer.
"""

import os
import sys
import tempfile
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from tests.repairs.test_hostile_workbooks import HOSTILE  # noqa: E402
from tests.support.costly_workbooks import COSTLY, MEGABYTE  # noqa: E402
from tests.support.http import Client, Part  # noqa: E402
from tests.support.service import Service, serve  # noqa: E402
from tests.support.workbooks import HEADER_XML, cell, many, raw, row_xml, sheet_xml  # noqa: E402

MAX_SECONDS = 2
MAX_GROWTH = 100  # MB


def heavy() -> dict[str, bytes]:
    """Files that are no attack, or that the guard lets through."""
    return {
        "1,000 orders": many(1000, "HEAVY"),
        "a lone cell at XFD1048576": raw(
            sheet_xml(HEADER_XML + row_xml(2) + f'<row r="1048576">{cell("XFD1048576", "x")}</row>')
        ),
        "10 MB of zeros": bytes(10 * MEGABYTE),
        "11 MB of zeros": bytes(11 * MEGABYTE),
        **{name: build() for name, build in COSTLY.items()},
    }


def processor_seconds(pid: int) -> float:
    """What the process has used of a core so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int, name: str) -> float:
    """A figure of /proc/PID/status, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


def send(service: Service, content: bytes) -> int:
    parts: dict[str, Part] = {"Client Email": "orders@acme.example", "Client Name": "Acme"}
    form = {**parts, "customFile": ("orders.xlsx", content)}
    return Client(service.base).post_form("repair/bulk-order/", form, {"X-API-Key": service.api_key}).status


def main() -> int:
    files = {**HOSTILE, **heavy()}
    failures = 0
    server_url = sys.argv[1] if len(sys.argv) > 1 else ""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder), server_url, "hostile", WEB_CONCURRENCY="1") as service,
    ):
        [worker] = Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()
        pid = int(worker)
        send(service, many(10, "WARM"))
        first = memory(pid, "VmRSS")
        print(f"{'file':<42}{'size KB':>9}{'status':>8}{'seconds':>9}{'peak MB':>9}")
        for name, content in files.items():
            before, used = memory(pid, "VmRSS"), processor_seconds(pid)
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak starts anew
            status = send(service, content)
            seconds = processor_seconds(pid) - used
            growth = memory(pid, "VmHWM") - before
            is_bad = status >= 500 or seconds > MAX_SECONDS or growth > MAX_GROWTH
            failures += is_bad
            mark = "  <-- over the limit" if is_bad else ""
            print(f"{name:<42}{len(content) / 1024:>9.0f}{status:>8}{seconds:>9.2f}{growth:>9.1f}{mark}")
        print(f"The process has grown by {memory(pid, 'VmRSS') - first:.1f} MB in all.")
        for number in range(20):
            send(service, many(1000, f"MORE{number}"))
        print(f"After 20 more files of 1,000 orders: {memory(pid, 'VmRSS') - first:.1f} MB.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
