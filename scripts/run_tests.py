"""Runs the suite on PostgreSQL, where there is one, and then on SQLite.

PostgreSQL is TEST_DATABASE_URL, or whatever answers on 127.0.0.1:5432. REQUIRE_POSTGRES=1 makes its
absence a failure. Arguments go to pytest; each run ends with pytest's own summary. The second run
leaves out what would only repeat itself (`repeats_itself` in tests/conftest.py).
"""

import os
import signal
import subprocess
import sys

import psycopg2

LOCAL_POSTGRES = "postgres://postgres@127.0.0.1:5432/warrantify"


def main() -> int:
    """The first failing run's exit status, else 0."""
    if sys.argv[1:] == ["--postgres-answers"]:
        return 0 if local_postgres() else 1
    postgres = os.environ.get("TEST_DATABASE_URL") or local_postgres()
    if not postgres and os.environ.get("REQUIRE_POSTGRES"):
        sys.exit("PostgreSQL is required: none answers on 127.0.0.1:5432 and TEST_DATABASE_URL is not set.")
    # A shell ignores SIGINT for what a script runs with `&`, and servers under test would never end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    # One process more than cores: some tests wait for clocks and restarts. By file, as pytest 9.2
    # passes over the groups of xdist 3.8.
    processes = str((os.cpu_count() or 1) + 1)
    tested: list[str] = []
    for vendor, url in (("postgresql", postgres), ("sqlite", "")):
        if vendor == "postgresql" and not url:
            print("PostgreSQL was not tested: none answers on 127.0.0.1:5432.", flush=True)
            continue
        tested.append(vendor)
        environ = {
            **os.environ,
            "TEST_DATABASE_URL": url,
            "TEST_DATABASE_VENDOR": vendor,
            "TESTED_DATABASES": ", ".join(tested),
        }
        by_file = ["-n", processes, "--dist", "loadfile", "--no-loadscope-reorder"]
        command = [sys.executable, "-m", "pytest", *by_file, *sys.argv[1:]]
        if status := run(command, environ):
            return status
    return 0


def run(command: list[str], environ: dict[str, str]) -> int:
    """Runs pytest; when interrupted, lets it end what it started."""
    process = subprocess.Popen(command, env=environ)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        return process.wait() or 1


def local_postgres() -> str:
    """The URL of a test database on this machine's PostgreSQL, empty if none answers."""
    try:
        psycopg2.connect(host="127.0.0.1", user="postgres", dbname="postgres", connect_timeout=2).close()
    except psycopg2.OperationalError:
        return ""
    return LOCAL_POSTGRES


if __name__ == "__main__":
    sys.exit(main())
