"""An insert whose SQL is built once per process instead of at each call."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections, models, router

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
