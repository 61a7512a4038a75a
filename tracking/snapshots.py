"""Orders as the API shows them: plain tuples, no database."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone

from tracking.estimate_states import UNDECIDED, shown_state


class Step(NamedTuple):
    """What nobody can change of a status: its workflow and code, whether its visits are numbered,
    whether anything follows it."""

    workflow: str
    code: str
    numbered: bool
    is_final: bool


class Decision(NamedTuple):
    """How a sandbox partner decided the estimate of an order."""

    approves: bool
    decided_at: datetime


class Head(NamedTuple):
    """An order and where it stands; `step` and all from `version` on are None until tracking starts.

    The fields from `order_id` to `estimate_valid_until` are the columns of the one SELECT in
    `queries.py`, in its order; those of the estimate are None where there is none. `decision` is for
    orders of sandbox partners.
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
    estimate_no: int | None
    estimate_state: str | None
    estimate_total_paise: int | None
    estimate_valid_until: date | None
    decision: Decision | None = None

    def as_of(self, now: datetime) -> "Head":
        """The head as it is shown at `now`: the database does not know that an estimate has expired."""
        if self.estimate_valid_until is None or self.estimate_state not in UNDECIDED:
            return self
        state = shown_state(self.estimate_state, self.estimate_valid_until, timezone.localdate(now))
        return self._replace(estimate_state=state.value)


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
