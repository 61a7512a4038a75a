"""Statements in plain SQL: values in and out, connections that were lost."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from partners.models import Partner
from partners.services import NewPartner
from warrantify import sql

BY_NAME = "SELECT id, is_active, created_at FROM partners_partner WHERE name = %s"

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="an embedded database has no connection to lose"
)


def test_rows_hold_python_values(acme: NewPartner) -> None:
    assert sql.read(BY_NAME, ["Acme"]) == [(acme.partner.pk, True, acme.partner.created_at)]


def test_a_time_is_written_as_the_orm_writes_it(acme: NewPartner) -> None:
    moment = datetime(2026, 11, 20, 12, 0, 0, 1, tzinfo=UTC)
    statement = "UPDATE partners_partner SET created_at = %s WHERE name = %s RETURNING created_at"
    assert sql.write(statement, [moment, "Acme"]) == [(moment,)]
    assert Partner.objects.filter(created_at=moment).exists()


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ["SELECT pg_terminate_backend(pg_backend_pid())", None])
def test_a_lost_connection_is_replaced_and_the_read_sent_again(end: str | None) -> None:
    sql.read(BY_NAME, ["x"])
    _lose_connection(end)
    assert sql.read(BY_NAME, ["x"]) == []


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_nothing_is_sent_again() -> None:
    with pytest.raises(InterfaceError), transaction.atomic():
        _lose_connection(None)
        sql.read(BY_NAME, ["x"])


@on_postgresql
@pytest.mark.django_db(transaction=True)
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
