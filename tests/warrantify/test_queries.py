"""Statements built once."""

import pytest
from django.db import IntegrityError, InterfaceError, connection, transaction
from django.utils import timezone

from partners.models import Partner, User
from partners.services import NewPartner
from repairs.models import DayCounter
from warrantify.queries import CompiledInsert, CompiledQuery

by_name = CompiledQuery(
    Partner, lambda name: Partner.objects.filter(name=name).values_list("pk", "is_active", "created_at")
)


def test_rows_hold_python_values(acme: NewPartner, rival: NewPartner) -> None:
    row = by_name.first("Acme")
    assert list(row or ()) == [acme.partner.pk, True, acme.partner.created_at]
    assert by_name.first("Nobody") is None


def test_each_placeholder_takes_its_own_value(acme: NewPartner) -> None:
    query = CompiledQuery(
        User, lambda name, partner: User.objects.filter(partner_id=partner, username=name).values_list("pk")
    )
    assert query.first("acme", acme.partner.pk)
    assert query.first("acme", acme.partner.pk + 1) is None


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_replaced() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("an embedded database has no connection to lose")
    by_name.first("x")
    connection.connection.close()
    assert by_name.first("x") is None


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_nothing_is_tried_again() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("an embedded database has no connection to lose")
    with pytest.raises(InterfaceError), transaction.atomic():
        by_name.first("x")
        connection.connection.close()
        by_name.first("x")


def test_an_insert_fills_defaults_and_prepares_values(db: None) -> None:
    now = timezone.now()
    CompiledInsert(Partner).execute([{"name": name, "email": "a@b.in", "created_at": now} for name in "xy"])
    stored = Partner.objects.get(name="y")
    assert (stored.is_active, stored.is_sandbox, stored.created_at) == (True, False, now)


def test_an_insert_raises_on_conflict_unless_told_to_ignore_it(db: None) -> None:
    row = {"day": timezone.localdate(), "issued": 1}
    CompiledInsert(DayCounter).execute([row])
    CompiledInsert(DayCounter, "ON CONFLICT DO NOTHING").execute([{**row, "issued": 2}])
    assert DayCounter.objects.get().issued == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        CompiledInsert(DayCounter).execute([row])
