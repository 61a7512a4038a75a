"""Decisions on estimates: which are accepted (docs/contract.md section 9), and how they are kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from estimates.forms import APPROVE
from estimates.models import Estimate, EstimateLine
from estimates.representations import data
from estimates.transitions import Step, after
from tracking.estimate_states import EstimateState, shown_state
from warrantify.http.errors import ConflictError, NotFoundError

# In the order of the contract: of several that apply, the first is raised.
UNKNOWN = "Estimate does not exist"
DECIDED = "Estimate was already decided"
SUPERSEDED = "Estimate has been superseded"
EXPIRED = "Estimate has expired"
NOT_AWAITING = "Estimate is not awaiting approval"

Door = Estimate.Door


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom, and how it reached us. A decline has a reason."""

    approves: bool
    name: str
    reason: str
    door: Door

    @classmethod
    def of(cls, values: Mapping[str, Any], door: Door) -> "Decision":
        """The decision in the values of a `DecisionSerializer`."""
        is_approval = values["decision"] == APPROVE
        return cls(is_approval, values["decided_by"], values.get("reason", ""), door)


def find(
    estimates: Iterable[Estimate],
    number: int,
    *,
    approves: bool,
    lines: Sequence[EstimateLine] | None = None,
) -> Estimate:
    """Returns the estimate of that number, which is undecided and current, or decided the same way.

    `estimates` are those of one order; `lines` are their lines where these are not stored.

    Raises NotFoundError, and ConflictError if it was decided otherwise or superseded.
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


def require_awaiting(estimate: Estimate) -> None:
    """Raises ConflictError unless the estimate can be decided today."""
    state = shown_state(estimate.state, estimate.valid_until, timezone.localdate())
    if state == EstimateState.EXPIRED:
        raise ConflictError(EXPIRED)
    if state != EstimateState.AWAITING_APPROVAL:
        raise ConflictError(NOT_AWAITING)


def keep(estimate: Estimate, decision: Decision) -> None:
    """Saves the decision on the estimate's row."""
    estimate.state = after(estimate.state, Step.APPROVE if decision.approves else Step.DECLINE)
    estimate.decided_at = timezone.now()
    estimate.decided_by = decision.name
    estimate.decided_through = decision.door
    estimate.reason = decision.reason
    estimate.save()


def take_back(estimate: Estimate) -> None:
    """Removes an approval that staff recorded by mistake."""
    estimate.state = after(estimate.state, Step.REOPEN)
    estimate.decided_at = None
    estimate.decided_by = estimate.decided_through = estimate.reason = ""
    estimate.save()
