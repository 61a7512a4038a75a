"""Statements in plain SQL: values in and out, connections that were lost."""

from datetime import UTC, datetime

from partners.models import Partner
from partners.services import NewPartner
from warrantify import sql

BY_NAME = "SELECT id, is_active, created_at FROM partners_partner WHERE name = %s"


def test_rows_hold_python_values(acme: NewPartner) -> None:
    assert sql.read(BY_NAME, ["Acme"]) == [(acme.partner.pk, True, acme.partner.created_at)]


def test_a_time_is_written_as_the_orm_writes_it(acme: NewPartner) -> None:
    moment = datetime(2026, 11, 20, 12, 0, 0, 1, tzinfo=UTC)
    statement = "UPDATE partners_partner SET created_at = %s WHERE name = %s RETURNING created_at"
    assert sql.write(statement, [moment, "Acme"]) == [(moment,)]
    assert Partner.objects.filter(created_at=moment).exists()
