"""Hot statements, built once.

Django spends 0.2-0.4 ms on building the SQL of a look-up or an insert, each time anew, where a
whole request of ours has about 1 ms. Here the ORM still writes the SQL, but once per process.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler


class _Parameter(NamedTuple):
    position: int


class _Compiled(NamedTuple):
    sql: str
    params: Sequence[Any]
    compiler: SQLCompiler
    converters: Any


class CompiledQuery:
    """A `values_list` queryset of `model` whose parameters are bound at each call.

    `build` is called once, with a placeholder for each of its parameters, each of which stands for
    a value that the database takes as it is:
    `by_id = CompiledQuery(User, lambda pk: User.objects.filter(pk=pk).values_list("username"))`,
    then `by_id.rows(7)`. With `may_lag` a replica answers, where there is one (see `replicas.py`).
    """

    def __init__(
        self,
        model: type[models.Model],
        build: Callable[..., models.QuerySet[Any, Any]],
        *,
        may_lag: bool = False,
    ) -> None:
        self._model = model
        self._build = build
        self._may_lag = may_lag
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, *values: Any) -> list[Any]:
        """All rows, each a sequence of Python values."""
        alias = router.db_for_read(self._model, may_lag=self._may_lag)
        rows = self._rows(alias, values)
        # What a replica has not got yet, the primary may have.
        return rows if rows or alias == DEFAULT_DB_ALIAS else self._rows(DEFAULT_DB_ALIAS, values)

    def _rows(self, alias: str, values: Sequence[Any]) -> list[Any]:
        compiled = self._compiled.get(alias) or self._compile(alias)
        bound = [values[p.position] if isinstance(p, _Parameter) else p for p in compiled.params]
        rows = _fetch(connections[alias], compiled.sql, bound)
        if not compiled.converters:
            return rows
        return list(compiled.compiler.apply_converters(rows, compiled.converters))

    def first(self, *values: Any) -> Any | None:
        """The first row, None where there is none."""
        rows = self.rows(*values)
        return rows[0] if rows else None

    def _compile(self, alias: str) -> _Compiled:
        names = inspect.signature(self._build).parameters
        placeholders = [RawSQL("%s", [_Parameter(index)]) for index in range(len(names))]
        compiler = self._build(*placeholders).using(alias).query.get_compiler(alias)
        sql, params = compiler.as_sql()
        selected = [column[0] for column in compiler.select[: compiler.col_count]]
        compiled = _Compiled(sql, params, compiler, compiler.get_converters(selected))
        self._compiled[alias] = compiled
        return compiled


def _fetch(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> list[Any]:
    """Reads all rows; outside a transaction a connection that died meanwhile is replaced.

    So the statement is its own health check, and Django's, a `SELECT 1` for each request that takes
    a twentieth of its time, need not be sent.
    """
    is_kept = connection.connection is not None and not connection.in_atomic_block
    connection.health_check_done |= is_kept  # type: ignore[attr-defined] # the stubs lack it
    try:
        return _read(connection, sql, params)
    except (OperationalError, InterfaceError):
        if not is_kept:
            raise
        connection.close()
        return _read(connection, sql, params)


def _read(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Any] = cursor.fetchall()
    return rows


# Their Python values go to the database as they are; the others need Django's preparation.
_PLAIN_FIELDS = (models.CharField, models.IntegerField, models.ForeignKey, models.BooleanField)


class CompiledInsert:
    """Inserts rows of `model` by one statement; a row gives values by column attribute, the model's
    defaults fill the rest. No signals, no validation, no `auto_now`; the primary key is the database's.
    `tail` ends the statement: what to do on a conflict, what to return.
    """

    def __init__(self, model: type[models.Model], tail: str = "") -> None:
        self._model = model
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
        self._fields = [(field.attname, field, isinstance(field, _PLAIN_FIELDS)) for field in fields]
        columns = ", ".join(f'"{field.column}"' for field in fields)
        self._head = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES '  # noqa: S608 (names of ours)
        self._row = f"({', '.join(['%s'] * len(fields))})"
        self._tail = f" {tail}"

    def execute(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """What the tail returns, nothing without; raises IntegrityError on a conflict."""
        connection = connections[router.db_for_write(self._model)]
        values = []
        for row in rows:
            for attribute, field, is_plain in self._fields:
                value = row[attribute] if attribute in row else field.get_default()
                values.append(value if is_plain else field.get_db_prep_save(value, connection))
        with connection.cursor() as cursor:
            cursor.execute(self._head + ", ".join([self._row] * len(rows)) + self._tail, values)
            return cursor.fetchall() if cursor.description else []
