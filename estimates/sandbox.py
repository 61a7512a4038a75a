"""The estimate of a sandbox order. It is raised and waits by the clock; only the decision is stored."""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from estimates import decisions
from estimates.decisions import Decision
from estimates.models import Estimate, EstimateLine
from estimates.representations import data
from tracking.estimate_states import RAISED, EstimateState
from tracking.models import SandboxDecision
from tracking.snapshots import Tracked

LINES = [EstimateLine(kind="part", description="Battery", quantity=Decimal(1), unit_price=Decimal(2500))]
TAX_PERCENT = Decimal(18)


def current(tracked: Tracked) -> dict[str, Any] | None:
    """The estimate of the order as it stands."""
    estimate = _estimate(tracked)
    return data(estimate, LINES) if estimate else None


def decide(tracked: Tracked, number: int, decision: Decision) -> dict[str, Any]:
    """Decides the estimate of that number, as `services.decide` does for other partners."""
    estimate = _estimate(tracked)
    found = decisions.find([estimate] if estimate else [], number, approves=decision.approves, lines=LINES)
    if found.decided_at:
        return data(found, LINES)
    decisions.require_awaiting(found)
    stored = SandboxDecision(
        order_id=tracked.head.order_id,
        approves=decision.approves,
        decided_at=timezone.now(),
        decided_by=decision.name,
        reason=decision.reason,
    )
    try:
        with transaction.atomic():
            stored.save(force_insert=True)
    except IntegrityError:  # another request decided at the same time, and won
        pass
    found = decisions.find([_decided(found)], number, approves=decision.approves, lines=LINES)
    return data(found, LINES)


def _estimate(tracked: Tracked) -> Estimate | None:
    head = tracked.head
    if head.estimate_no is None or head.estimate_valid_until is None:
        return None
    estimate = Estimate(
        order_id=head.order_id,
        number=head.estimate_no,
        state=head.estimate_state or "",
        tax_percent=TAX_PERCENT,
        valid_until=head.estimate_valid_until,
        raised_at=next(event.occurred_at for event in tracked.events if event.step.code == RAISED),
    )
    return _decided(estimate) if head.decision else estimate


def _decided(estimate: Estimate) -> Estimate:
    stored = SandboxDecision.objects.get(pk=estimate.order_id)
    estimate.state = EstimateState.APPROVED if stored.approves else EstimateState.DECLINED
    estimate.decided_at = stored.decided_at
    estimate.decided_by = stored.decided_by
    estimate.decided_through = Estimate.Door.API
    estimate.reason = stored.reason
    return estimate
