"""Rates as they are written in settings: `600/min`."""

import re
from functools import lru_cache
from typing import NamedTuple

PERIODS = {"s": 1, "min": 60, "hour": 3600, "day": 86400}
OFF = "0"

_RATE = re.compile(rf"([1-9][0-9]{{0,8}})/({'|'.join(PERIODS)})")


class Rate(NamedTuple):
    """`allowed` requests in each `seconds`."""

    allowed: int
    seconds: int


@lru_cache
def parse_rate(text: str) -> Rate | None:
    """`600/min` as a Rate, None for `0` (no limit); raises ValueError for anything else."""
    if text == OFF:
        return None
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no rate such as 600/min, nor 0")
    return Rate(int(match[1]), PERIODS[match[2]])
