"""Liveness and readiness, for load balancers and orchestrators."""

import sqlite3
from contextlib import closing
from functools import cache

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from warrantify.patience import patience

PROBE_SECONDS = 1.5
# Somebody else is writing: so it can be done.
IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers; touches nothing else."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 once the database is reachable, fully migrated and can be written to, else 503 with the reason."""
    with patience.deadline(PROBE_SECONDS):
        reason = _not_ready()
    if reason:
        return JsonResponse({"status": "unavailable", "reason": reason}, status=503)
    return JsonResponse({"status": "ok"})


def _not_ready() -> str | None:
    try:
        if connection.vendor == "sqlite":
            _write_to_sqlite()
        else:
            connection.cursor().execute("SELECT 1")
        _require_migrations()
    except _PendingError:
        return "migrations pending"
    except sqlite3.Error:
        return "database cannot be written to"
    except Error:
        return "database unreachable"
    return None


class _PendingError(Exception):
    """There are migrations that the database lacks."""


@cache  # of what did not raise: a process's own migrations are not undone beneath it
def _require_migrations() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _PendingError


def _write_to_sqlite() -> None:
    """Writes a word of the file's header that nothing reads; raises sqlite3.Error, as on a full disk."""
    name = str(connection.settings_dict["NAME"])
    is_uri = name.startswith("file:")
    # A connection of its own: it must not wait for a lock as long as an order may.
    with closing(sqlite3.connect(name, timeout=PROBE_SECONDS, uri=is_uri)) as database:
        try:
            database.execute("PRAGMA user_version = 1")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in IN_USE:
                raise
