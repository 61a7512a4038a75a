"""`python -m chaos.backup`: the two recoveries of docs/operations.md, done on a cluster of its own.

Dump, wipe, restore; then a base backup with archived WAL, a mistake, and recovery to the moment
before it. Counts and checksums of every table must be what they were.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

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
ids = request_ids.draw({ORDERS})
now = timezone.now()
RepairOrder.objects.bulk_create(
    RepairOrder(request_id=text, partner=partner, repair_ref_no=text, created_at=now) for text in ids
)
"""


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


def dump_and_restore(postgres: Postgres) -> None:
    before = checksums(postgres)
    tool("pg_dump", postgres, "-Fc", "-f", postgres.home / "dump", "warrantify")
    postgres.query("DROP DATABASE warrantify WITH (FORCE)", database="postgres")
    postgres.query("CREATE DATABASE warrantify", database="postgres")
    tool("pg_restore", postgres, "--exit-on-error", "-d", "warrantify", postgres.home / "dump")
    compare("dump and restore", before, checksums(postgres))


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
        archiving = {"archive_mode": "on", "archive_command": f"cp %p {archive}/%f", "wal_level": "replica"}
        postgres = Postgres(home, archiving)
        postgres.create()
        if postgres.user:
            shutil.chown(archive, postgres.user)
        postgres.start()
        try:
            postgres.query("CREATE DATABASE warrantify", database="postgres")
            install, settings = (
                Install(),
                {**SECRETS, "DATABASE_URL": postgres.url(), "ENV_FILE": "/dev/null"},
            )
            install.manage(settings, "migrate", "-v0")
            partner = (
                "create_partner",
                "Backup",
                "--email",
                "a@example.com",
                "--username",
                "backup",
                "--json",
            )
            assert json.loads(install.manage(settings, *partner))["partner"] == "Backup"
            install.manage(settings, "shell", "-v0", "-c", FILL)
            dump_and_restore(postgres)
            recover_to_a_moment(postgres, archive)
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
