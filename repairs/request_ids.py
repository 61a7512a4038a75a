"""Request IDs: `REPAIR<YYYYMMDD><nnnn>` (docs/contract.md section 3, "The request ID").

A day's counter hands out 0, 1, 2, ...; a permutation that only the server's secret tells turns
each count into the four digits of the ID. So every ID of a day is reachable, none is drawn twice,
and the last costs what the first did. From count 10,000 on, each further ten thousand get a
permutation of their own behind the digits 1, 2, ... (five digits up to 99999, then six).
"""

import hmac
import logging
from datetime import date, datetime
from functools import lru_cache

from django.conf import settings
from django.db import connection
from django.utils import timezone

from repairs.models import DayCounter

logger = logging.getLogger(__name__)

BLOCK = 10_000
PREFIX = "REPAIR"
PATTERN = f"{PREFIX}[0-9]{{12,14}}"


@lru_cache(maxsize=8)
def _permutation(secret: str, day: date, block: int) -> list[int]:
    """0..9999 in an order that looks random without the secret; about 15 ms, once a day."""
    key = secret.encode()
    message = f"{day:%Y%m%d}/{block}/".encode()
    return sorted(range(BLOCK), key=lambda n: hmac.digest(key, message + b"%d" % n, "sha256"))


def format_request_id(day: date, count: int) -> str:
    """The ID of the day's order number `count`, counted from 0."""
    block, position = divmod(count, BLOCK)
    shuffled = _permutation(settings.REQUEST_ID_SECRET, day, block)[position]
    return f"{PREFIX}{day:%Y%m%d}{block * BLOCK + shuffled:04d}"


def may_be_request_id(text: str) -> bool:
    """False where `text` cannot be the ID of an order."""
    return text.startswith(PREFIX)


def draw(how_many: int, now: datetime | None = None) -> list[str]:
    """Takes the day's next IDs in one statement; the day is the server time zone's.

    Call it inside the transaction that stores the orders: the counter's row stays locked until
    that ends, so a refused order gives its number back and no hole is left.
    """
    day = timezone.localdate(now)
    first = _advance(day, how_many)
    if first <= BLOCK < first + how_many:
        logger.warning("Day %s has passed 10,000 orders: its request IDs widen to 5 digits", day)
    return [format_request_id(day, count) for count in range(first, first + how_many)]


_TABLE = DayCounter._meta.db_table
_ADVANCE = (
    f"INSERT INTO {_TABLE} (day, issued) VALUES (%s, %s) "  # noqa: S608 (no user text)
    f"ON CONFLICT (day) DO UPDATE SET issued = {_TABLE}.issued + excluded.issued RETURNING issued"
)


def _advance(day: date, how_many: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ADVANCE, [day, how_many])
        return int(cursor.fetchone()[0]) - how_many
