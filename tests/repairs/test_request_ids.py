"""The request ID: `REPAIR<YYYYMMDD><nnnn>`."""

import itertools
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from repairs.models import DayCounter
from repairs.request_ids import allocate, allocate_ids, block, format_request_id

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


@pytest.fixture
def fresh(transactional_db: None) -> Iterator[None]:
    """A process that has allocated no number yet, and no transaction around the test."""
    block.forget()
    yield
    block.forget()


def test_a_process_allocates_a_block_and_uses_it_up(fresh: None, settings: Settings) -> None:
    settings.REQUEST_ID_BLOCK = 4
    with CaptureQueriesContext(connection) as sent:
        assert [block.take(DAY) for _ in range(8)] == list(range(8))
    assert len(sent) == 2


def test_a_block_of_one_allocates_each_number(fresh: None, settings: Settings) -> None:
    settings.REQUEST_ID_BLOCK = 1
    block.take(DAY)
    assert DayCounter.objects.get().issued == 1


def test_a_number_given_back_is_the_next(fresh: None) -> None:
    first, second = block.take(DAY), block.take(DAY)
    block.give_back(DAY, [first])
    assert [block.take(DAY), block.take(DAY)] == [first, second + 1]


def test_at_midnight_the_rest_of_a_block_is_skipped(fresh: None) -> None:
    block.take(DAY)
    assert [block.take(NEXT_DAY), block.take(NEXT_DAY)] == [0, 1]
    assert dict(DayCounter.objects.values_list("day", "issued")) == {DAY: 16, NEXT_DAY: 16}


def test_a_request_from_before_midnight_leaves_the_new_days_block_alone(fresh: None) -> None:
    block.take(NEXT_DAY)
    assert block.take(DAY) == 0
    block.give_back(DAY, [0])
    assert block.take(NEXT_DAY) == 1


def test_numbers_known_to_be_taken_are_skipped(fresh: None) -> None:
    block.take(DAY)
    block.skip(DAY, 1_000)
    assert block.take(DAY) == 1_016


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_has_no_number_of_its_parent(fresh: None) -> None:
    block.take(DAY)
    reader, writer = os.pipe()
    with block._lock:  # as another thread might at that moment
        pid = os.fork()
        if pid == 0:
            os.write(writer, f"{block._numbers} {block._lock.locked()}".encode())
            os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reader, 100) == b"[] False"
    os.close(reader)
    os.close(writer)
    assert block.take(DAY) == 1


@pytest.mark.parametrize("size", [1, 16])
def test_threads_never_take_the_same_number_nor_leave_one(fresh: None, settings: Settings, size: int) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's in-memory test database has no concurrent writers")
    settings.REQUEST_ID_BLOCK = size

    def take_some(_: int) -> list[int]:
        try:
            return [block.take(DAY) for _ in range(50)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for some in pool.map(take_some, range(8)) for number in some]
    assert sorted(numbers) == list(range(400))


def test_processes_never_allocate_the_same_numbers(fresh: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's in-memory test database has no concurrent writers")

    def allocate_some(_: int) -> list[int]:
        try:
            return [number for _ in range(25) for number in allocate(DAY, 2)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for some in pool.map(allocate_some, range(8)) for number in some]
    assert sorted(numbers) == list(range(400))
