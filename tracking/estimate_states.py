"""Where the amount of a repair stands, as a poll shows it (docs/contract.md section 9)."""

from datetime import date

from django.db import models

CURRENCY = "INR"

# The statuses around an estimate.
RAISED = "estimation raised"
AWAITING = "awaiting approval"
APPROVED = "approved"

MAX_NAME_LENGTH = 200
MAX_DECISION_REASON_LENGTH = 1000


class EstimateState(models.TextChoices):
    """States of an estimate. `expired` is never stored: the clock decides when it is read."""

    RAISED = "raised", "raised"
    AWAITING_APPROVAL = "awaiting_approval", "awaiting approval"
    APPROVED = "approved", "approved"
    DECLINED = "declined", "declined"
    EXPIRED = "expired", "expired"
    SUPERSEDED = "superseded", "superseded"


UNDECIDED = frozenset({EstimateState.RAISED, EstimateState.AWAITING_APPROVAL})


def shown_state(state: str, valid_until: date, today: date) -> EstimateState:
    """The state on the day `today` of the server's zone: undecided, it expires after `valid_until`."""
    is_over = state in UNDECIDED and today > valid_until
    return EstimateState.EXPIRED if is_over else EstimateState(state)


def rupees(paise: int) -> str:
    """An amount as the wire has it: `2950.00`."""
    return f"{paise // 100}.{paise % 100:02}"
