"""A process's block of request IDs, between threads and processes."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from repairs.models import DayCounter
from repairs.request_ids import allocate, block

DAY = date(2026, 11, 23)
NEXT_DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


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
