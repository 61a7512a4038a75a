"""Request IDs: `REPAIR<YYYYMMDD><nnnn>` (docs/contract.md section 3, "The request ID").

A day's counter allocates 0, 1, 2, ...; a permutation that only the server's secret determines turns
each number into the four digits of the ID. So every ID of a day is reachable, none comes twice, and
the last costs what the first did. From number 10,000 on, each further ten thousand get a permutation
of their own behind the digits 1, 2, ... (five digits up to 99999, then six).

For single orders a process allocates `REQUEST_ID_BLOCK` numbers at a time, so that no order waits for
the commit of another one that advanced the same counter. The numbers that it still holds when it ends,
or when the day does, are skipped.
"""

import hmac
import logging
import os
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from threading import Lock

from django.conf import settings
from django.db import connection
from django.utils import timezone

from repairs.models import DayCounter
from warrantify import sql

logger = logging.getLogger(__name__)

PERIOD = 10_000
PREFIX = "REPAIR"
PATTERN = f"{PREFIX}[0-9]{{12,14}}"


@lru_cache(maxsize=8)
def _permutation(secret: str, day: date, block: int) -> list[int]:
    """0..9999 in an order that looks random without the secret; about 15 ms, once a day."""
    key = secret.encode()
    message = f"{day:%Y%m%d}/{block}/".encode()
    return sorted(range(PERIOD), key=lambda n: hmac.digest(key, message + b"%d" % n, "sha256"))


def format_request_id(day: date, number: int) -> str:
    """The ID that belongs to a number of the day, counted from 0."""
    block, position = divmod(number, PERIOD)
    shuffled = _permutation(settings.REQUEST_ID_SECRET, day, block)[position]
    return f"{PREFIX}{day:%Y%m%d}{block * PERIOD + shuffled:04d}"


def may_be_request_id(text: str) -> bool:
    """False where `text` cannot be the ID of an order."""
    return text.startswith(PREFIX)


def today(now: datetime | None = None) -> date:
    """The day whose counter is used at `now`, by the server's time zone."""
    return timezone.localdate(now)


_TABLE = DayCounter._meta.db_table
_ADVANCE = (
    f"INSERT INTO {_TABLE} (day, issued) VALUES (%s, %s) "  # noqa: S608 (no user text)
    f"ON CONFLICT (day) DO UPDATE SET issued = {_TABLE}.issued + excluded.issued RETURNING issued"
)


def allocate(day: date, how_many: int) -> range:
    """The day's next numbers, in one statement; outside a transaction it commits at once.

    Inside a transaction the counter's row stays locked until that ends, and a rollback gives the
    numbers back.
    """
    [(issued,)] = sql.write(_ADVANCE, [day, how_many])
    numbers = range(issued - how_many, issued)
    if numbers[0] <= PERIOD < issued:
        logger.warning("Day %s has passed 10,000 orders: its request IDs widen to 5 digits", day)
    return numbers


def allocate_ids(how_many: int, now: datetime | None = None) -> list[str]:
    """The request IDs of the day's next numbers."""
    day = today(now)
    return [format_request_id(day, number) for number in allocate(day, how_many)]


class Block:
    """The numbers of one day that this process has allocated and not used yet; for any thread."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Starts anew, without a number and with a free lock."""
        self._lock = Lock()
        self._day = date.min
        self._numbers: list[int] = []  # the next one last

    def take(self, day: date) -> int:
        """The next number of `day`.

        Inside a transaction it comes from the counter itself: its rollback would take back a block
        that other threads have used by then.
        """
        if connection.in_atomic_block:
            return allocate(day, 1)[0]
        with self._lock:
            if day < self._day:  # a request that began before midnight and comes after another of today
                return allocate(day, 1)[0]
            if day > self._day:
                self._day, self._numbers = day, []
            if not self._numbers:
                self._numbers = list(reversed(allocate(day, settings.REQUEST_ID_BLOCK)))
            return self._numbers.pop()

    def give_back(self, day: date, numbers: Iterable[int]) -> None:
        """Takes numbers that no order got, for the next ones."""
        if connection.in_atomic_block:
            return  # not ours: see `take`
        with self._lock:
            if day == self._day:
                self._numbers = sorted([*self._numbers, *numbers], reverse=True)

    def skip(self, day: date, how_many: int) -> None:
        """Drops the block and passes over the day's next numbers, whose IDs are likely to be taken."""
        with self._lock:
            self._numbers = []
        allocate(day, how_many)


block = Block()
# A forked process must not use its parent's numbers, nor wait for a lock that the parent held.
os.register_at_fork(after_in_child=block.forget)
