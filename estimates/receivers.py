"""Updates estimates in the transaction that records or voids a status, and when a customer is erased."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from estimates import decisions, notices
from estimates.decisions import Decision
from estimates.models import ApprovalLink, Estimate
from estimates.representations import data
from estimates.transitions import Step, after
from repairs.fields import ERASED
from tracking.estimate_states import APPROVED, AWAITING, RAISED, UNDECIDED, EstimateState
from tracking.models import OrderTracking, TrackingEvent, WorkflowStep
from tracking.signals import ESTIMATE_UPDATED, Members, customers_erased, status_recorded, status_voided

BY_STAFF = "staff"


@receiver(status_recorded, dispatch_uid="estimates.follow")
def follow(tracking: OrderTracking, event: TrackingEvent, **_: Any) -> Members | None:
    """Updates the order's current estimate after a status was recorded."""
    if tracking.estimate_no is None and event.step.code != RAISED:
        return None  # spares orders without an estimate the query
    estimate = Estimate.current(tracking.pk)
    if estimate is None:
        return None
    if event.step.code == APPROVED and estimate.state in UNDECIDED:
        by = event.recorded_by
        name = (by.get_full_name() or by.get_username()) if by else BY_STAFF
        decisions.keep(estimate, Decision(approves=True, name=name, reason="", door=Estimate.Door.STAFF))
    else:
        _stand_at(estimate, event.step.code)
    return _shown(tracking, estimate)


@receiver(status_voided, dispatch_uid="estimates.follow_void")
def follow_void(tracking: OrderTracking, event: TrackingEvent, **_: Any) -> Members | None:
    """Updates it after a status was voided, to the status at which the order stands then."""
    estimate = Estimate.current(tracking.pk) if tracking.estimate_no is not None else None
    if estimate is None:
        return None
    if event.step.code == APPROVED and estimate.decided_through == Estimate.Door.STAFF:
        decisions.take_back(estimate)
    _stand_at(estimate, tracking.current_step.code)
    here = tracking.current_event
    if estimate.state == EstimateState.DECLINED and estimate.decided_at and here is not None:
        stands_since_decline = here.recorded_at <= estimate.decided_at
        tracking.waiting_on_override = WorkflowStep.WaitingOn.US if stands_since_decline else ""
    return _shown(tracking, estimate)


@receiver(customers_erased, dispatch_uid="estimates.erase")
def erase(order_ids: Sequence[int], **_: Any) -> None:
    """Erases notes, reasons and the name of a customer who decided; amounts and decisions stay."""
    estimates = Estimate.objects.filter(order__in=order_ids)
    estimates.exclude(note="").update(note=ERASED)
    estimates.exclude(reason="").update(reason=ERASED)
    estimates.filter(decided_through=Estimate.Door.CUSTOMER_LINK).update(decided_by=ERASED)
    ApprovalLink.objects.filter(estimate__order__in=order_ids).delete()


def _stand_at(estimate: Estimate, code: str) -> None:
    state = after(estimate.state, Step.WAIT if code == AWAITING else Step.MOVE_ON)
    if state == estimate.state:
        return
    estimate.state = state
    if state == EstimateState.AWAITING_APPROVAL:
        estimate.waiting_since = timezone.now()
        notices.queue(estimate)
    estimate.save(update_fields=["state", "waiting_since"])


def _shown(tracking: OrderTracking, estimate: Estimate) -> Members | None:
    return members(estimate) if show(tracking, estimate) else None


def show(tracking: OrderTracking, estimate: Estimate) -> bool:
    """Copies what a poll shows of the estimate to the tracking row, unsaved; returns whether it changed."""
    before = (tracking.estimate_no, tracking.estimate_state)
    tracking.estimate_no = estimate.number
    tracking.estimate_state = estimate.state
    tracking.estimate_total_paise = estimate.total_paise
    tracking.estimate_valid_until = estimate.valid_until
    return before != (estimate.number, estimate.state)


def members(estimate: Estimate) -> Members:
    """Returns the event `estimate.updated` of a change."""
    return {ESTIMATE_UPDATED: {"estimate": data(estimate, public=True)}}
