"""Reads in plain SQL over connections that were lost."""

from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from warrantify import sql

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="an embedded database has no connection to lose"
    ),
    pytest.mark.django_db(transaction=True),
]

BY_NAME = "SELECT id FROM partners_partner WHERE name = %s"


@pytest.mark.parametrize("end", ["SELECT pg_terminate_backend(pg_backend_pid())", None])
def test_a_lost_connection_is_replaced_and_the_read_sent_again(end: str | None) -> None:
    sql.read(BY_NAME, ["x"])
    _lose_connection(end)
    assert sql.read(BY_NAME, ["x"]) == []


def test_within_a_transaction_nothing_is_sent_again() -> None:
    with pytest.raises(InterfaceError), transaction.atomic():
        _lose_connection(None)
        sql.read(BY_NAME, ["x"])


def test_a_cancelled_statement_is_not_sent_again() -> None:
    sent: list[str] = []

    def note(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        sent.append(statement)
        return execute(statement, params, many, context)

    sql.read("SET statement_timeout = 20", [])
    try:
        with connection.execute_wrapper(note), pytest.raises(OperationalError, match="timeout"):
            sql.read("SELECT pg_sleep(%s)", [5])
    finally:
        sql.read("SET statement_timeout = 0", [])
    assert sent == ["SELECT pg_sleep(%s)"]


def _lose_connection(statement: str | None) -> None:
    if statement is None:
        connection.connection.close()
        return
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute(statement)
