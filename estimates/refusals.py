"""The refusals of a decision, in the order of docs/contract.md section 9."""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from estimates.models import Estimate, EstimateLine
from estimates.representations import data
from tracking.estimate_states import EstimateState, shown_state
from warrantify.http.errors import ConflictError, NotFoundError

UNKNOWN = "Estimate does not exist"
DECIDED = "Estimate was already decided"
SUPERSEDED = "Estimate has been superseded"
EXPIRED = "Estimate has expired"
NOT_AWAITING = "Estimate is not awaiting approval"


def undecided(
    estimates: Iterable[Estimate],
    number: int,
    *,
    approves: bool,
    lines: Sequence[EstimateLine] | None = None,
) -> Estimate:
    """Of an order's estimates the one of that number: undecided and current, or decided the same way.

    `lines` are theirs where they are not stored.

    Raises NotFoundError, and ConflictError where it was decided otherwise or superseded.
    """
    by_number = {estimate.number: estimate for estimate in estimates}
    estimate = by_number.get(number)
    if estimate is None:
        raise NotFoundError(UNKNOWN)
    if estimate.decided_at:
        if approves != (estimate.state == EstimateState.APPROVED):
            raise ConflictError(DECIDED, extra={"DATA": data(estimate, lines)})
    elif not estimate.is_current:
        raise ConflictError(SUPERSEDED, extra={"DATA": data(by_number[max(by_number)])})
    return estimate


def must_await(estimate: Estimate) -> None:
    """Raises ConflictError unless the estimate can be decided today."""
    state = shown_state(estimate.state, estimate.valid_until, timezone.localdate())
    if state == EstimateState.EXPIRED:
        raise ConflictError(EXPIRED)
    if state != EstimateState.AWAITING_APPROVAL:
        raise ConflictError(NOT_AWAITING)
