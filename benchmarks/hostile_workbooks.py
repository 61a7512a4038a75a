"""What hostile and heavy workbooks cost a running service: status, seconds, growth of its memory.

    python -m benchmarks.hostile_workbooks [DATABASE_URL of a PostgreSQL server]

Starts its own gunicorn (one process) on a database of its own and sends each file once. Nothing may
be a 5xx, take over 2 s, or need over 100 MB more than the process had before; exits with 1 otherwise.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from tests.repairs.test_hostile_workbooks import GOOD_SHEET, HOSTILE, MEGABYTE  # noqa: E402
from tests.support.http import Client, Part  # noqa: E402
from tests.support.service import Service, serve  # noqa: E402
from tests.support.workbooks import HEADER_XML, cell, many, raw, row_xml, sheet_xml  # noqa: E402

MAX_SECONDS = 2
MAX_GROWTH = 100  # MB


def blank_rows(count: int, cells: str = '<c r="A{n}" s="1"/>') -> bytes:
    rows = "".join(f'<row r="{n}" s="1">{cells.replace("{n}", str(n))}</row>' for n in range(3, count))
    return raw(sheet_xml(HEADER_XML + row_xml(2) + rows))


def heavy() -> dict[str, bytes]:
    """Files that are no attack, or that the guard lets through."""
    return {
        "1,000 orders": many(1000, "HEAVY"),
        "a million formatted blank rows": blank_rows(1_000_000),
        "a million blank rows, spread out": blank_rows(1_000_000, '<c r="A{n}" s="1"></c>'),
        "a lone cell at XFD1048576": raw(
            sheet_xml(HEADER_XML + row_xml(2) + f'<row r="1048576">{cell("XFD1048576", "x")}</row>')
        ),
        "60 MB of spaces in a random sheet": raw(
            sheet_xml(HEADER_XML + row_xml(2) + "".join(f"{n:x}" + " " * 80 for n in range(700_000)))
        ),
        "10 MB of zeros": bytes(10 * MEGABYTE),
        "11 MB of zeros": bytes(11 * MEGABYTE),
        "9 MB that are not read": raw(GOOD_SHEET, extra={"xl/media/a.bin": os.urandom(9 * MEGABYTE)}),
    }


def memory(pid: int, name: str) -> float:
    """A figure of /proc/PID/status, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


def send(service: Service, content: bytes) -> tuple[int, float]:
    began = time.perf_counter()
    parts: dict[str, Part] = {"Client Email": "orders@acme.example", "Client Name": "Acme"}
    form = {**parts, "customFile": ("orders.xlsx", content)}
    answer = Client(service.base).post_form("repair/bulk-order/", form, {"X-API-Key": service.api_key})
    return answer.status, time.perf_counter() - began


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
            before = memory(pid, "VmRSS")
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak starts anew
            status, seconds = send(service, content)
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
