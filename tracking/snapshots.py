"""Orders as the API shows them: plain tuples, no database."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple


class Step(NamedTuple):
    """What nobody can change of a status: its workflow and code, whether its visits are numbered,
    whether anything follows it."""

    workflow: str
    code: str
    numbered: bool
    is_final: bool


class Head(NamedTuple):
    """An order and where it stands; `step` and all from `version` on are None until tracking starts.

    The fields from `order_id` on are the columns of the one SELECT in `queries.py`, in its order.
    """

    step: Step | None
    order_id: int
    partner_id: int
    request_id: str
    repair_ref_no: str
    engagement_type: str
    created_at: datetime
    version: int | None
    changed_at: datetime | None
    waiting_on: str | None
    expected_hours: int | None


class Event(NamedTuple):
    """A visible event: its status and its time."""

    step: Step
    occurred_at: datetime


class Tracked(NamedTuple):
    """An order with its visible history, oldest first."""

    head: Head
    events: list[Event]


def statuses(steps: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The status texts of (code, numbered) pairs: numbered ones count `- 1`, `- 2`, ..."""
    seen: Counter[str] = Counter()
    for code, numbered in steps:
        if numbered:
            seen[code] += 1
            yield f"{code} - {seen[code]}"
        else:
            yield code
