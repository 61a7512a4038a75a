"""Raises and decides estimates (docs/contract.md section 9), and sets who approves; nothing else writes them.

Both lock the order's tracking row first, as recording a status does: of several deciders at once
exactly one wins, and every change goes out with the tracking event of the same transaction.
"""

from django.db import transaction
from django.utils import timezone

from estimates import decisions
from estimates.decisions import NOT_AWAITING, Decision, Door
from estimates.drafts import Draft
from estimates.models import Approver, Estimate, EstimateLine
from estimates.receivers import members, show
from estimates.transitions import Step, after
from partners.models import Partner, User
from repairs.models import RepairOrder
from tracking import services as tracking_services
from tracking.estimate_states import APPROVED, RAISED
from tracking.models import TrackingEvent, WorkflowStep
from tracking.services import Change, TrackingError
from warrantify.http.errors import ConflictError
from warrantify.text import is_email

Source = TrackingEvent.Source

SOURCES = {Door.API: Source.API, Door.PARTNER_LINK: Source.LINK, Door.CUSTOMER_LINK: Source.LINK}


@transaction.atomic
def raise_estimate(order: RepairOrder, draft: Draft, *, by: User | None = None, source: Source) -> Estimate:
    """Stores the next estimate of the order and records `estimation raised`.

    It supersedes an undecided one. Tracking that has not begun starts as with `record_status`.
    Raises TrackingError where the status may not be recorded now, and nothing is kept.
    """
    tracking_services.lock(order)
    estimate = Estimate.objects.create(
        order=order,
        number=_retire_current(order) + 1,
        tax_percent=draft.tax_percent,
        total_paise=draft.totals().paise,
        note=draft.note,
        valid_until=draft.valid_until,
        raised_at=timezone.now(),
        raised_by=by,
    )
    EstimateLine.objects.bulk_create(
        EstimateLine(estimate=estimate, position=position, **line._asdict())
        for position, line in enumerate(draft.lines, 1)
    )
    tracking_services.apply(Change(order, RAISED), by=by, source=source)
    return estimate


def _retire_current(order: RepairOrder) -> int:
    """Retires the current estimate, if there is one, and returns its number, or 0."""
    last = Estimate.current(order.pk)
    if last is None:
        return 0
    last.is_current = False
    last.state = after(last.state, Step.SUPERSEDE)
    last.save(update_fields=["is_current", "state"])
    return last.number


@transaction.atomic
def decide(order: RepairOrder, number: int, decision: Decision) -> Estimate:
    """Decides the order's estimate of that number, and returns it.

    The same decision again changes nothing. Approving records `approved`; after declining the order
    waits for us until its next status. Raises the DomainErrors of `decisions.py`.
    """
    tracking = tracking_services.lock(order)
    estimate = decisions.find(Estimate.objects.filter(order=order), number, approves=decision.approves)
    if estimate.decided_at or tracking is None:
        return estimate
    decisions.require_awaiting(estimate)
    decisions.keep(estimate, decision)
    if decision.approves:
        # Events are never changed, so none may hold a customer's name, which is erased one day.
        who = "the customer" if decision.door == Door.CUSTOMER_LINK else decision.name
        note = f"Estimate {estimate.number} approved by {who}"
        try:
            tracking_services.record(order, APPROVED, source=SOURCES[decision.door], note=note)
        except TrackingError:  # the clock of the host that recorded the wait is ahead of ours
            raise ConflictError(NOT_AWAITING) from None
    else:
        tracking.waiting_on_override = WorkflowStep.WaitingOn.US
        show(tracking, estimate)
        tracking_services.publish(tracking, members(estimate))
    return estimate


def set_approver(partner: Partner, kind: str, email: str = "") -> Approver:
    """Says who gets the approval mails of the partner's orders. Raises ValueError with a sentence."""
    email = email.strip()
    if kind == Approver.Kind.PARTNER and not is_email(email):
        raise ValueError("The partner's approver needs a valid e-mail address.")
    if kind != Approver.Kind.PARTNER and email:
        raise ValueError("An e-mail address goes with the partner's approver only.")
    approver, _ = Approver.objects.update_or_create(partner=partner, defaults={"kind": kind, "email": email})
    return approver
