"""The insert whose SQL is built once."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from partners.models import Partner
from repairs.models import DayCounter
from warrantify.queries import CompiledInsert


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
