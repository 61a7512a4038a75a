"""The floor of a bulk upload: calamine, compiled patterns, one INSERT.

`python -m benchmarks.bulk_floor FILE...`
"""

import json
import os
import re
import sys
import time
from datetime import UTC, datetime

import psycopg2
from psycopg2.extras import execute_values
from python_calamine import CalamineWorkbook

from benchmarks.floor import RULES, ZONE
from tests.support.workbooks import COLUMNS as REQUIRED

MATCHES = {name: (column, maximum, matches) for name, column, maximum, matches in RULES}
MATCHES["Engagement_Type"] = ("engagement_type", 10, re.compile("Onsite|Offsite").fullmatch)
COLUMNS = [MATCHES[name][0] for name in REQUIRED]
FIXED = (
    "client_name",
    "address_line2",
    "centre_city",
    "size",
    "source",
    "created_at",
    "partner_id",
    "request_id",
)
INSERT = (
    f"INSERT INTO repairs_repairorder ({', '.join([*COLUMNS, *FIXED])}) VALUES %s"
    " ON CONFLICT (partner_id, repair_ref_no) DO NOTHING RETURNING request_id, repair_ref_no"
)
DRAW = (
    "INSERT INTO repairs_daycounter (day, issued) VALUES (%s, %s) ON CONFLICT (day)"
    " DO UPDATE SET issued = repairs_daycounter.issued + excluded.issued RETURNING issued"
)


def upload(path, connection):
    header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    places = [(header.index(name), *MATCHES[name][1:]) for name in REQUIRED]
    good, invalid = [], []
    for number, row in enumerate(rows, 2):
        values = [str(row[place]).strip() for place, _, _ in places]
        judged = zip(values, places, strict=True)
        if all(len(text) <= maximum and matches(text) for text, (_, maximum, matches) in judged):
            good.append(values)
        else:
            invalid.append(number)
    now = datetime.now(UTC)
    day = now.astimezone(ZONE).date()
    with connection, connection.cursor() as run:
        run.execute("SELECT min(id) FROM partners_partner")
        [partner] = run.fetchone()
        run.execute(DRAW, (day, len(good)))
        first = run.fetchone()[0] - len(good)
        ids = (
            f"REPAIR{day:%Y%m%d}{n // 10000 * 10000 + n * 7919 % 10000:04}"
            for n in range(first, first + len(good))
        )
        stored = execute_values(
            run,
            INSERT,
            [
                (*values, "Acme Devices", "", "", "", "upload", now, partner, request_id)
                for values, request_id in zip(good, ids, strict=True)
            ],
            page_size=len(good),
            fetch=True,
        )
    return len(stored), invalid


def main():
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    for path in sys.argv[1:]:
        started = time.perf_counter()
        stored, invalid = upload(path, connection)
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "stored": stored, "invalid": len(invalid)}))


if __name__ == "__main__":
    main()
