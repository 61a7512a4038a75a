"""A decision on an estimate, and how it is kept. `services.py` says when one may be made."""

from dataclasses import dataclass

from django.utils import timezone

from estimates.models import Estimate
from estimates.transitions import Step, after

Door = Estimate.Door


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom, and through which door; a decline has a reason."""

    approves: bool
    name: str
    reason: str
    door: Door


def keep(estimate: Estimate, decision: Decision) -> None:
    """Saves the decision on the estimate's own row."""
    estimate.state = after(estimate.state, Step.APPROVE if decision.approves else Step.DECLINE)
    estimate.decided_at = timezone.now()
    estimate.decided_by = decision.name
    estimate.decided_through = decision.door
    estimate.reason = decision.reason
    estimate.save()


def take_back(estimate: Estimate) -> None:
    """Undoes an approval that staff recorded by mistake."""
    estimate.state = after(estimate.state, Step.REOPEN)
    estimate.decided_at = None
    estimate.decided_by = estimate.decided_through = estimate.reason = ""
    estimate.save()
