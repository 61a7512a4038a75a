"""The request ID: `REPAIR<YYYYMMDD><nnnn>`."""

import itertools
import logging
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from repairs.models import DayCounter
from repairs.request_ids import allocate_ids, block, format_request_id

DAY = date(2026, 11, 23)
NEXT_DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_ten_thousand_ids_of_a_day_are_all_of_its_four_digit_ids() -> None:
    ids = {format_request_id(DAY, count) for count in range(10_000)}
    assert ids == {f"REPAIR20261123{number:04d}" for number in range(10_000)}


def test_the_next_ninety_thousand_are_all_of_its_five_digit_ids() -> None:
    ids = {format_request_id(DAY, count) for count in range(10_000, 100_000)}
    assert ids == {f"REPAIR20261123{number}" for number in range(10_000, 100_000)}


def test_then_they_widen_to_six_digits() -> None:
    assert 100_000 <= int(format_request_id(DAY, 100_000)[14:]) <= 999_999


def test_consecutive_ids_are_no_sequence() -> None:
    numbers = [int(format_request_id(DAY, count)[14:]) for count in range(1_000)]
    steps = {after - before for before, after in itertools.pairwise(numbers)}
    assert len(steps) > 900


def test_another_secret_gives_another_order(settings: Settings) -> None:
    before = [format_request_id(DAY, count) for count in range(10)]
    settings.REQUEST_ID_SECRET = "another-secret-0123456789-0123456789"
    assert [format_request_id(DAY, count) for count in range(10)] != before


def test_another_day_has_another_order() -> None:
    numbers = [[format_request_id(date(2026, 11, day), n)[14:] for n in range(10)] for day in (23, 24)]
    assert numbers[0] != numbers[1]


def test_the_order_after_ten_thousand_warns_and_gets_five_digits(
    db: None, caplog: pytest.LogCaptureFixture
) -> None:
    DayCounter.objects.create(day=DAY, issued=9_999)
    with caplog.at_level(logging.WARNING):
        [last_of_four] = allocate_ids(1, NOON)
        assert not caplog.records
        [first_of_five] = allocate_ids(1, NOON)
    assert (len(last_of_four), len(first_of_five)) == (18, 19)
    assert "widen to 5 digits" in caplog.text


def test_a_thousand_ids_are_one_statement(db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        ids = allocate_ids(1_000, NOON)
    assert len(set(ids)) == 1_000
    assert len(queries) == 1


def test_a_run_may_cross_the_ten_thousandth(db: None) -> None:
    DayCounter.objects.create(day=DAY, issued=9_500)
    widths = [len(request_id) for request_id in allocate_ids(1_000, NOON)]
    assert widths == [18] * 500 + [19] * 500


@pytest.mark.parametrize(
    "utc, day", [("2026-11-23T18:29:59Z", "20261123"), ("2026-11-23T18:30:00Z", "20261124")]
)
def test_the_day_turns_at_midnight_in_kolkata(db: None, utc: str, day: str) -> None:
    with time_machine.travel(utc, tick=False):
        [request_id] = allocate_ids(1)
    assert request_id[6:14] == day


def test_inside_a_transaction_a_rollback_gives_the_number_back(db: None) -> None:
    with transaction.atomic():
        block.take(DAY)
        transaction.set_rollback(True)
    assert block.take(DAY) == 0
