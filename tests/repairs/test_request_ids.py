"""The request ID: `REPAIR<YYYYMMDD><nnnn>`."""

import itertools
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from repairs.models import DayCounter
from repairs.request_ids import draw, format_request_id

DAY = date(2026, 11, 23)
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
        [last_of_four] = draw(1, NOON)
        assert not caplog.records
        [first_of_five] = draw(1, NOON)
    assert (len(last_of_four), len(first_of_five)) == (18, 19)
    assert "widen to 5 digits" in caplog.text


def test_a_block_of_a_thousand_is_one_statement(db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        ids = draw(1_000, NOON)
    assert len(set(ids)) == 1_000
    assert len(queries) == 1


def test_a_block_may_cross_the_ten_thousandth(db: None) -> None:
    DayCounter.objects.create(day=DAY, issued=9_500)
    widths = [len(request_id) for request_id in draw(1_000, NOON)]
    assert widths == [18] * 500 + [19] * 500


@pytest.mark.parametrize(
    "utc, day", [("2026-11-23T18:29:59Z", "20261123"), ("2026-11-23T18:30:00Z", "20261124")]
)
def test_the_day_turns_at_midnight_in_kolkata(db: None, utc: str, day: str) -> None:
    with time_machine.travel(utc, tick=False):
        [request_id] = draw(1)
    assert request_id[6:14] == day


def test_a_rolled_back_order_gives_its_number_back(db: None) -> None:
    with transaction.atomic():
        draw(1, NOON)
        transaction.set_rollback(True)
    draw(1, NOON)
    assert DayCounter.objects.get().issued == 1


@pytest.mark.django_db(transaction=True)
def test_threads_drawing_at_once_never_collide_nor_leave_a_hole() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's in-memory test database has no concurrent writers")

    def draw_some(_: int) -> list[str]:
        try:
            return [request_id for _ in range(25) for request_id in draw(2, NOON)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        ids = [request_id for some in pool.map(draw_some, range(8)) for request_id in some]
    assert set(ids) == {format_request_id(DAY, count) for count in range(400)}
    assert len(ids) == 400
