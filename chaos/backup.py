"""`python -m chaos.backup`: the two recoveries of docs/operations.md, done on a cluster of its own.

Dump, wipe, restore; then a base backup with archived WAL, a mistake, and recovery to the moment
before it. Counts and checksums of every table must be what they were, no request ID given after the
dump may come again, and no error may put a customer into PostgreSQL's log.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg2

from chaos.parts import Install, Postgres, postgres_binary
from tests.support.processes import LOOPBACK, wait_until

ORDERS = 2000
SECRETS = {
    name: f"rehearsal-{name}-0123456789-0123456789"
    for name in ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET")
}

FILL = f"""
from django.utils import timezone
from partners.models import Partner
from repairs import request_ids
from repairs.models import RepairOrder
partner = Partner.objects.get()
ids = request_ids.allocate_ids({ORDERS})
now = timezone.now()
RepairOrder.objects.bulk_create(
    RepairOrder(request_id=text, partner=partner, repair_ref_no=text, created_at=now) for text in ids
)
"""

GIVE_IDS = """
from repairs import request_ids
print(*request_ids.allocate_ids(100))
"""
SOMEBODY = "Asha Somebody"
ERRORS = (  # an error of the statement, and one whose detail shows the row
    f"SELECT customer_name FROM repairs_repairorder WHERE customer_name = '{SOMEBODY}' AND 1/0 = 1",
    f"UPDATE repairs_repairorder SET customer_name = '{SOMEBODY}', request_id = NULL",
)


def checksums(postgres: Postgres) -> dict[str, object]:
    """Table -> rows and MD5 of all of them in order."""
    names = postgres.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    row = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    return {str(name): postgres.query(row.format(name))[0] for (name,) in names}


def tool(name: str, postgres: Postgres, *arguments: object) -> None:
    command = [postgres_binary(name), "-h", LOOPBACK, "-p", str(postgres.port), "-U", "postgres"]
    user = postgres.user
    subprocess.run(
        [*command, *map(str, arguments)],
        check=True,
        user=user,
        group=user,
        cwd=postgres.home,
        capture_output=True,
    )


def compare(what: str, before: dict[str, object], after: dict[str, object]) -> None:
    if before != after:
        sys.exit(f"{what}: differs in {sorted(name for name in before if before[name] != after.get(name))}")
    rows = sum(value[0] for value in before.values() if isinstance(value, tuple))
    print(f"{what}: {len(before)} tables, {rows} rows, every checksum as before")


def dump_and_restore(postgres: Postgres, manage: Callable[..., str]) -> None:
    before = checksums(postgres)
    tool("pg_dump", postgres, "-Fc", "-f", postgres.home / "dump", "warrantify")
    lost = manage("shell", "-v0", "-c", GIVE_IDS).split()
    postgres.query("DROP DATABASE warrantify WITH (FORCE)", database="postgres")
    postgres.create_database()
    tool("pg_restore", postgres, "--exit-on-error", "-d", "warrantify", postgres.home / "dump")
    compare("dump and restore", before, checksums(postgres))
    print(manage("raise_day_counter", "--by", "100").strip())
    if again := set(lost) & set(manage("shell", "-v0", "-c", GIVE_IDS).split()):
        sys.exit(f"{len(again)} request IDs given after the dump were given again")


def fail_with_a_customer(postgres: Postgres) -> None:
    connection = psycopg2.connect(postgres.url(role="warrantify"))
    connection.autocommit = True
    for statement in ERRORS:
        with contextlib.suppress(psycopg2.Error), connection.cursor() as cursor:
            cursor.execute(statement)
    connection.close()
    text = postgres.log.read_text()
    if text.count("ERROR:") < len(ERRORS) or SOMEBODY in text:
        sys.exit(f"PostgreSQL's log lacks the errors or holds their customer:\n{text[-1000:]}")
    print(f"{len(ERRORS)} errors are in PostgreSQL's log, their customer is not")


def recover_to_a_moment(postgres: Postgres, archive: Path) -> None:
    base = postgres.home / "base"
    tool("pg_basebackup", postgres, "-D", base, "-c", "fast")
    postgres.query("UPDATE repairs_repairorder SET issue = 'after the base backup'")
    before = checksums(postgres)
    postgres.query("SELECT pg_create_restore_point('before_the_mistake')")
    postgres.query("UPDATE repairs_repairorder SET customer_name = 'mistake'")
    postgres.query("SELECT pg_switch_wal()")
    wait_until(
        lambda: not list((postgres.data / "pg_wal/archive_status").glob("*.ready")), "the WAL archived"
    )
    postgres.stop()
    shutil.rmtree(postgres.data)
    base.rename(postgres.data)
    (postgres.data / "recovery.signal").touch()
    postgres.settings |= {
        "restore_command": f"cp {archive}/%f %p",
        "recovery_target_name": "before_the_mistake",
        "recovery_target_action": "promote",
    }
    postgres.start()
    in_recovery = "SELECT pg_is_in_recovery()"
    wait_until(lambda: postgres.query(in_recovery) == [(False,)], "recovery ended")
    compare("recovery to a moment", before, checksums(postgres))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="chaos-backup-") as directory:
        home = Path(directory)
        archive = home / "archive"
        archive.mkdir()
        archiving = {
            "log_min_messages": "error",
            "archive_mode": "on",
            "archive_command": f"cp %p {archive}/%f",
            "wal_level": "replica",
        }
        postgres = Postgres(home, archiving)
        postgres.create()
        if postgres.user:
            shutil.chown(archive, postgres.user)
        postgres.start()
        try:
            postgres.create_database()
            settings = {
                **SECRETS,
                "DATABASE_URL": postgres.url(role="warrantify"),
                "ENV_FILE": os.devnull,
            }
            manage = partial(Install().manage, settings)
            manage("migrate", "-v0")
            manage("create_partner", "Backup", "--email", "a@example.com", "--username", "backup")
            manage("shell", "-v0", "-c", FILL)
            fail_with_a_customer(postgres)
            dump_and_restore(postgres, manage)
            recover_to_a_moment(postgres, archive)
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
