"""Databases of the bench: one template with orders in it, a copy for each run of a contender.

The tables are the service's own migrations', so every contender has the same columns and indexes.
All names begin with `bench_` and the run's port, so that two runs on one server keep apart;
`BENCH_POSTGRES` names the server (any user who may create databases
and be superuser of them: the fill switches off foreign key triggers).
"""

import os
from contextlib import contextmanager

import psycopg2

SERVER = os.environ.get("BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432").rstrip("/")
EVENTS_PER_ORDER = 12
ORDERS_PER_DAY = 2740  # a million in a year

# An order's events lie apart on disk, as they do when they come in over weeks: per thousand orders
# all first events, then all second ones, and so on.
FILL = """
SET session_replication_role = replica;
INSERT INTO repairs_repairorder (id, request_id, partner_id, repair_ref_no, client_name, customer_name,
    customer_mobile, customer_email, engagement_type, address_line1, address_line2, city, state, pincode,
    asset_type, make, model, imei_no, issue, centre_city, size, source, created_at, started_at)
SELECT i + 1, 'REPAIR' || to_char(at, 'YYYYMMDD') || lpad((i %% 10000)::text, 4, '0'), %(partner)s,
    'OLD-' || i, 'Acme Devices', 'Customer ' || i, (6000000000 + i * 1009)::text, 'c' || i || '@example.com',
    'Home', 'Flat ' || i || ', Tower A', 'MG Road', 'Bangalore', 'Karnataka', '560001', 'Laptop', 'Dell',
    'XPS 15', 'SN' || i::bigint * 7919, 'Battery not charging', 'Bangalore', '15 inch', 'api', at, at
FROM (
    SELECT i, current_date - 1 - (%(orders)s - 1) / %(per_day)s + i / %(per_day)s
        + interval '9 hours' + (i %% %(per_day)s) * interval '10 seconds' AS at
    FROM generate_series(0, %(orders)s - 1) i
) times;
INSERT INTO tracking_trackingevent (id, tracking_id, step_id, visit, occurred_at, recorded_at, source,
    note, void_reason)
SELECT g + 1, o.id, s.id, CASE WHEN s.numbered THEN 1 END, o.created_at + s.position * interval '1 minute',
    o.created_at + s.position * interval '1 minute', 'admin', '', ''
FROM generate_series(0, %(orders)s * %(events)s - 1) g
JOIN repairs_repairorder o ON o.id = g / (1000 * %(events)s) * 1000 + g %% 1000 + 1
JOIN steps s ON s.n = g %% (1000 * %(events)s) / 1000 + 1
ORDER BY g;
INSERT INTO tracking_ordertracking (order_id, partner_id, workflow_id, current_event_id, current_step_id,
    current_since, is_closed, version, changed_at)
SELECT o.id, o.partner_id, s.workflow_id, e.id, s.id, e.occurred_at, false, %(events)s, e.occurred_at
FROM repairs_repairorder o JOIN steps s ON s.n = %(events)s
JOIN tracking_trackingevent e
    ON e.id = (o.id - 1) / 1000 * 1000 * %(events)s + (%(events)s - 1) * 1000 + (o.id - 1) %% 1000 + 1;
SELECT setval('repairs_repairorder_id_seq', %(orders)s);
SELECT setval('tracking_trackingevent_id_seq', %(orders)s::bigint * %(events)s);
SET session_replication_role = origin;
"""

STEPS = """
CREATE TEMP TABLE steps AS
SELECT s.*, row_number() OVER (ORDER BY s.position) AS n
FROM tracking_workflowstep s JOIN tracking_workflow w ON w.id = s.workflow_id
WHERE w.code = 'technician' ORDER BY s.position LIMIT %s"""


prefix = "bench_"


def use(port):
    """Sets this run's databases apart from another's."""
    global prefix  # noqa: PLW0603
    prefix = f"bench_{port}_"


def full(name):
    """The name as PostgreSQL knows it."""
    return name if name in ("postgres", "template0") else prefix + name


def url(name):
    return f"{SERVER}/{full(name)}"


@contextmanager
def cursor(name="postgres"):
    connection = psycopg2.connect(url(name).replace("postgres://", "postgresql://", 1))
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()


def drop(name):
    with cursor() as run:
        run.execute(f"DROP DATABASE IF EXISTS {full(name)} WITH (FORCE)")


def create(name, template="template0"):
    drop(name)
    with cursor() as run:
        run.execute(f"CREATE DATABASE {full(name)} TEMPLATE {full(template)} STRATEGY file_copy")


def drop_all():
    with cursor() as run:
        run.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        names = [row[0] for row in run.fetchall()]
    for name in names:
        drop(name.removeprefix(prefix))


DEFAULTS = """
SELECT format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT %L', table_name, column_name,
    CASE WHEN data_type = 'boolean' THEN 'false' WHEN data_type LIKE '%int%' THEN '0' ELSE '' END)
FROM information_schema.columns
WHERE table_name IN ('repairs_repairorder', 'tracking_ordertracking', 'tracking_trackingevent')
    AND data_type IN ('boolean', 'character varying', 'text', 'smallint', 'integer', 'bigint')
    AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"""


def give_defaults(name):
    """Fills what an insert leaves out: the fill and the peers name only the columns that they need."""
    with cursor(name) as run:
        run.execute(DEFAULTS)
        for (statement,) in run.fetchall():
            run.execute(statement)


def fill(name, orders):
    """`orders` (a multiple of 1,000) with 12 events each, of the oldest partner."""
    if orders % 1000:
        raise ValueError("orders go in by the thousand")
    with cursor(name) as run:
        run.execute(STEPS, [EVENTS_PER_ORDER])
        run.execute("SELECT min(id) FROM partners_partner")
        [partner] = run.fetchone()
        figures = {
            "partner": partner,
            "orders": orders,
            "events": EVENTS_PER_ORDER,
            "per_day": ORDERS_PER_DAY,
        }
        run.execute(FILL, figures)
        run.execute("VACUUM ANALYZE")
        run.execute("CHECKPOINT")


def forget_statistics(name):
    """Leaves the statistics that the tables had at their first row, as if all others came since."""
    with cursor(name) as run:
        for table in ("repairs_repairorder", "tracking_ordertracking", "tracking_trackingevent"):
            run.execute("DELETE FROM pg_statistic WHERE starelid = %s::regclass", [table])
            run.execute("UPDATE pg_class SET relpages = 1, reltuples = 1 WHERE oid = %s::regclass", [table])


def references(name, how_many, seed=1):
    """Request IDs and partner's references in turn, drawn evenly from all orders."""
    with cursor(name) as run:
        run.execute("SELECT max(id) FROM repairs_repairorder WHERE repair_ref_no LIKE 'OLD-%'")
        [orders] = run.fetchone()
        run.execute(
            "SELECT CASE id %% 2 WHEN 0 THEN request_id ELSE repair_ref_no END FROM repairs_repairorder"
            " WHERE id = ANY(%s) ORDER BY md5(id::text)",
            [[1 + n * orders // how_many for n in range(how_many)]],
        )
        return [row[0] for row in run.fetchall()]


def backends(name):
    with cursor(name) as run:
        run.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [full(name)]
        )
        return [row[0] for row in run.fetchall()]
