"""Approval mails: queued when an estimate begins to wait."""

from estimates.models import Estimate


def queue(estimate: Estimate) -> None:
    """Queues the mail with the approval link, where the partner has an approver."""
