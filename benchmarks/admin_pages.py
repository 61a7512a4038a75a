"""The desk's pages over many orders: queries, server time, and scans of big tables.

    DATABASE_URL=postgres://... DEBUG=off python manage.py make_demo_data --orders 1000000
    DATABASE_URL=postgres://... python benchmarks/admin_pages.py

Pages run in this process, through every middleware, as a superuser; the time is the median of
`RUNS`, without the network, and the processor time is this process's own, which a busy machine does
not lengthen. Each SELECT is explained afterwards. Exit status 1 where a page needs more than 15
queries or scans a big table.
"""

import os
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("TEST_DATABASE_URL", os.environ.get("DATABASE_URL", ""))

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from partners.models import User  # noqa: E402
from repairs.models import RepairOrder  # noqa: E402

RUNS = 7
MAX_QUERIES = 15
BIG = ("repairs_repairorder", "tracking_ordertracking", "tracking_trackingevent")
LIST = "/admin/repairs/repairorder/"


def pages() -> dict[str, str]:
    middle = RepairOrder.objects.count() // 2
    old, new = RepairOrder.objects.order_by("pk")[middle], RepairOrder.objects.latest("pk")
    tracked = RepairOrder.objects.filter(tracking__is_closed=False).latest("pk")
    day = f"{new.created_at:%Y-%m-%d}"
    return {
        "dashboard": "/admin/",
        "list": LIST,
        "list, page 100": f"{LIST}?p=100",
        "new": f"{LIST}?status=new",
        "open": f"{LIST}?status=open",
        "waiting for us": f"{LIST}?waiting_on=us",
        "waiting for parts": f"{LIST}?waiting_on=parts",
        "waiting for approval": f"{LIST}?waiting_on=approval",
        "late": f"{LIST}?late=1",
        "over the hours": f"{LIST}?late=over",
        "declined": f"{LIST}?estimate=declined",
        "approved": f"{LIST}?estimate=approved",
        "expired": f"{LIST}?estimate=expired",
        "assigned to nobody": f"{LIST}?assignee=none",
        "assigned": f"{LIST}?assignee=any",
        "delivered today": f"{LIST}?status=delivered&since=0",
        "delivered": f"{LIST}?status=delivered",
        "partner": f"{LIST}?partner={old.partner_id}",
        "partner, late": f"{LIST}?partner={old.partner_id}&late=1",
        "workflow": f"{LIST}?workflow=no_part",
        "engagement": f"{LIST}?engagement=Home",
        "source": f"{LIST}?source=upload",
        "a day": f"{LIST}?created_at_from={day}&created_at_to={day}",
        **{f"find {what}": f"{LIST}find/?q={quote(text)}" for what, text in searches(old).items()},
        "order, old": f"{LIST}{old.pk}/change/",
        "order, open": f"{LIST}{tracked.pk}/change/",
        "next of the late": f"{LIST}{tracked.pk}/next/?list=late%3D1",
        "partner page": f"/admin/partners/partner/{old.partner_id}/change/",
        "uploads": "/admin/repairs/bulkupload/",
    }


def searches(order: RepairOrder) -> dict[str, str]:
    """What callers say, and lists of names."""
    mobile, first, last = order.customer_mobile, *order.customer_name.split()[:2]
    listed = RepairOrder.objects.order_by("pk")[1000:1500]
    return {
        "request ID": order.request_id,
        "its last four": order.request_id[-4:],
        "its beginning": order.request_id[:14],
        "reference": order.repair_ref_no.lower().replace("-", " "),
        "its digits": "".join(filter(str.isdigit, order.repair_ref_no)),
        "mobile": f"+91 {mobile[:5]} {mobile[5:]}",
        "first of the mobile": mobile[:4],
        "last four digits": mobile[-4:],
        "IMEI": order.imei_no,
        "last of the IMEI": order.imei_no[-5:],
        "name": f"{last} {first}",
        "common name": first,
        "two letters": first[:2],
        "rare name": f"{first} Zzyx",
        "name and city": f"{last[:3]} {order.city}",
        "letters and city": f"{last[:2]} {order.city}",
        "city": order.city,
        "city, last four": f"{order.city} {mobile[-4:]}",
        "e-mail": order.customer_email.upper(),
        "nothing": "zzz",
        "500 references": ",".join(row.repair_ref_no.lower().replace("-", " ") for row in listed),
        "500 mobiles": ",".join(row.customer_mobile for row in listed),
        "500 IMEIs": ",".join(row.imei_no for row in listed),
        "500 request IDs": ",".join(row.request_id for row in listed),
    }


def captured(client: Client, url: str) -> list[dict[str, str]]:
    """The page's queries; of two visits, as once a minute one notes that the session is alive."""
    visits = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as sent:
            client.get(url)
        visits.append(sent.captured_queries)
    return min(visits, key=len)


def explained(queries: list[dict[str, str]]) -> set[str]:
    """The big tables that any of the SELECTs scans."""
    scanned = set()
    with connection.cursor() as cursor:
        for query in queries:
            if query["sql"].lstrip().upper().startswith(("SELECT", "WITH")):
                cursor.execute("EXPLAIN " + query["sql"].replace("%", "%%"), [])
                plan = "\n".join(row[0] for row in cursor.fetchall())
                scanned |= {table for table in BIG if f"Seq Scan on {table}" in plan}
    return scanned


def main() -> int:
    user, _ = User.objects.get_or_create(
        username="bench", defaults={"is_superuser": True, "is_staff": True, "password": "!"}
    )
    with connection.cursor() as cursor:
        cursor.execute("SET random_page_cost = 1.1; SET jit = off")  # as deploy/create_database.sh does
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    bad = False
    print(f"{'page':<22}{'queries':>8}{'median ms':>11}{'worst ms':>10}{'CPU ms':>8}{'in SQL ms':>11}  scans")
    for name, url in pages().items():
        times, cpu = [], []
        for _ in range(RUNS):
            started, begun = time.perf_counter(), time.process_time()
            answer = client.get(url)
            times.append((time.perf_counter() - started) * 1000)
            cpu.append((time.process_time() - begun) * 1000)
            assert answer.status_code in (200, 302), (name, answer.status_code)
        queries = captured(client, url)
        sql_ms = 1000 * sum(float(query["time"]) for query in queries)
        scans = explained(queries)
        bad |= bool(scans) or len(queries) > MAX_QUERIES
        print(
            f"{name:<22}{len(queries):>8}{statistics.median(times):>11.0f}{max(times):>10.0f}"
            f"{statistics.median(cpu):>8.0f}{sql_ms:>11.0f}  {', '.join(sorted(scans)) or '-'}"
        )
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
