"""Which step moves an estimate from which state to which. Pure: no database, no clock."""

from collections.abc import Mapping
from enum import Enum

from tracking.estimate_states import EstimateState

AWAITING = EstimateState.AWAITING_APPROVAL


class Step(Enum):
    """What may happen to an estimate."""

    WAIT = "the order stands at `awaiting approval`"
    MOVE_ON = "the order stands at another status"
    APPROVE = "approved"
    DECLINE = "declined"
    SUPERSEDE = "a newer estimate was raised"
    REOPEN = "staff voided their own approval"


TRANSITIONS: Mapping[tuple[EstimateState, Step], EstimateState] = {
    (EstimateState.RAISED, Step.WAIT): AWAITING,
    (AWAITING, Step.MOVE_ON): EstimateState.RAISED,
    # Only staff approve what does not wait: by recording `approved` without `awaiting approval`.
    (EstimateState.RAISED, Step.APPROVE): EstimateState.APPROVED,
    (AWAITING, Step.APPROVE): EstimateState.APPROVED,
    (AWAITING, Step.DECLINE): EstimateState.DECLINED,
    (EstimateState.RAISED, Step.SUPERSEDE): EstimateState.SUPERSEDED,
    (AWAITING, Step.SUPERSEDE): EstimateState.SUPERSEDED,
    (EstimateState.APPROVED, Step.REOPEN): EstimateState.RAISED,
}


def after(state: str, step: Step) -> EstimateState:
    """Returns the state after `step`; the same state if the step does not change it."""
    here = EstimateState(state)
    return TRANSITIONS.get((here, step), here)
