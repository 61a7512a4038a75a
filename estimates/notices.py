"""Approval mails: one when an estimate begins to wait, and one reminder a day later.

Address, text and link are made when a mail is sent. So the outbox holds no customer data and no token,
and no mail is sent for an estimate that does not wait any more.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from estimates import links
from estimates.amounts import grouped
from estimates.models import Approver, Estimate
from outbox.handlers import Outcome
from outbox.mails import MailHandler, mail_of
from outbox.models import Message
from tracking.estimate_states import EstimateState, rupees, shown_state

REMINDER_AFTER = timedelta(hours=24)
NOT_NEEDED = "not needed any more"

DOORS = {
    Approver.Kind.PARTNER: Estimate.Door.PARTNER_LINK,
    Approver.Kind.CUSTOMER: Estimate.Door.CUSTOMER_LINK,
}


class ApprovalMail(MailHandler):
    """Sends approval mails."""

    kind = "approval_mail"
    keep = timedelta(days=90)

    def prepare(self, messages: Sequence[Message]) -> dict[int, EmailMultiAlternatives | str]:
        """Returns the mails, each with a link of its own, or why there is none to send."""
        pks = [int(message.reference) for message in messages]
        joined = Estimate.objects.select_related("order__partner__approver")
        estimates = joined.in_bulk(pks)
        return {
            message.pk: _mail(message, estimates[pk]) or NOT_NEEDED
            for message, pk in zip(messages, pks, strict=True)
            if pk in estimates
        }

    def deliver(self, message: Message, prepared: EmailMultiAlternatives | str) -> Outcome:
        """Sends one mail, if it is still needed."""
        if isinstance(prepared, str):
            return Outcome(True, result={"not_sent": prepared})
        return super().deliver(message, prepared)


def queue(estimate: Estimate) -> None:
    """Queues mail and reminder if somebody approves by mail; call it in the transaction of the status."""
    if not Approver.objects.filter(partner=estimate.order.partner_id, kind__in=DOORS).exists():
        return
    now, since = timezone.now(), _since(estimate)
    ApprovalMail.queue(str(estimate.pk), due_at=now, is_reminder=False, waiting_since=since)
    ApprovalMail.queue(str(estimate.pk), due_at=now + REMINDER_AFTER, is_reminder=True, waiting_since=since)


def _since(estimate: Estimate) -> str:
    """Identifies the wait: the order may have moved on and wait again."""
    return estimate.waiting_since.isoformat() if estimate.waiting_since else ""


def _mail(message: Message, estimate: Estimate) -> EmailMultiAlternatives | None:
    order = estimate.order
    approver = Approver.objects.filter(partner=order.partner_id, kind__in=DOORS).first()
    state = shown_state(estimate.state, estimate.valid_until, timezone.localdate())
    is_same_wait = message.payload["waiting_since"] == _since(estimate)
    if approver is None or state != EstimateState.AWAITING_APPROVAL or not is_same_wait:
        return None
    is_customers = approver.kind == Approver.Kind.CUSTOMER
    context = {
        "estimate": estimate,
        "order": order,
        "total": grouped(rupees(estimate.total_paise)),
        "link": links.create(estimate, DOORS[Approver.Kind(approver.kind)]),
        "is_reminder": message.payload["is_reminder"],
        "is_customers": is_customers,
    }
    # The address is the only text of a partner or customer in the headers.
    subject = f"Please approve: repair estimate of INR {context['total']} ({order.request_id})"
    text, html = (render_to_string(f"estimates/approval_mail.{kind}", context) for kind in ("txt", "html"))
    to = order.customer_email if is_customers else approver.email
    return mail_of(message, to, f"Reminder: {subject}" if context["is_reminder"] else subject, text, html)
