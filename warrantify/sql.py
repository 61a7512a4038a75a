"""Runs the few statements that are plain SQL because a measurement demands it; the rest is the ORM.

Django spends 0.2-0.4 ms on building the SQL of a look-up or an insert, where a whole request has
about 1 ms. Each statement stands in the module that uses it, with a test that runs it on both
databases against the models.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from warrantify.replicas import REPLICA

Row = tuple[Any, ...]


def read(statement: str, parameters: Sequence[Any], *, may_lag: bool = False) -> list[Row]:
    """All rows of a SELECT, times in UTC.

    With `may_lag` the replica answers where there is one, and the primary where it knows nothing.
    Outside a transaction a connection that was lost since its last use is replaced and the
    statement sent again. So it is its own health check: Django's, a `SELECT 1` for each request
    that takes a twentieth of its time, need not be sent.
    """
    if may_lag and REPLICA in connections:
        rows = _read(connections[REPLICA], statement, parameters)
        if rows:
            return rows
    return _read(connections[DEFAULT_DB_ALIAS], statement, parameters)


def write(statement: str, parameters: Sequence[Any]) -> list[Row]:
    """Runs a statement on the primary; returns the rows of its RETURNING. It is never sent twice."""
    return _execute(connections[DEFAULT_DB_ALIAS], statement, parameters)


def placeholders(how_many: int) -> str:
    """`%s, %s, ...` for an IN or a row of VALUES."""
    return ", ".join(["%s"] * how_many)


def _read(connection: BaseDatabaseWrapper, statement: str, parameters: Sequence[Any]) -> list[Row]:
    is_kept = connection.connection is not None and not connection.in_atomic_block
    connection.health_check_done |= is_kept  # type: ignore[attr-defined] # the stubs lack it
    try:
        return _execute(connection, statement, parameters)
    except (OperationalError, InterfaceError):
        # A statement that was cancelled would only take as long again.
        if not is_kept or connection.is_usable():
            raise
        connection.close()
        return _execute(connection, statement, parameters)


def _execute(connection: BaseDatabaseWrapper, statement: str, parameters: Sequence[Any]) -> list[Row]:
    is_sqlite = connection.vendor == "sqlite"
    if is_sqlite:
        parameters = [_to_sqlite(connection, value) for value in parameters]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall() if cursor.description else []
    return [tuple(map(_from_sqlite, row)) for row in rows] if is_sqlite else rows


def _to_sqlite(connection: BaseDatabaseWrapper, value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _from_sqlite(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
