"""`manage.py raise_day_counter`."""

from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from repairs.models import DayCounter
from repairs.request_ids import allocate

pytestmark = pytest.mark.django_db

# Past midnight in Kolkata, where it is the 24th, and not in UTC.
MOMENT = "2026-11-23T20:00:00Z"


def run(**options: int) -> str:
    out = StringIO()
    with time_machine.travel(MOMENT, tick=False):
        call_command("raise_day_counter", stdout=out, **options)
    return out.getvalue()


def test_the_servers_day_is_raised_where_it_has_a_counter() -> None:
    DayCounter.objects.create(day=date(2026, 11, 24), issued=7)
    assert run() == "2026-11-24: 5000 request IDs skipped, 5007 in all are used up.\n"
    assert allocate(date(2026, 11, 24), 1) == range(5007, 5008)


def test_the_servers_day_is_raised_where_it_has_none() -> None:
    run(by=300)
    assert DayCounter.objects.get().day == date(2026, 11, 24)
    assert DayCounter.objects.get().issued == 300


@pytest.mark.parametrize("how_many", [0, -1, 90_001])
def test_a_number_out_of_range_is_refused(how_many: int) -> None:
    with pytest.raises(CommandError, match="from 1 to 90000"):
        run(by=how_many)
    assert not DayCounter.objects.exists()
