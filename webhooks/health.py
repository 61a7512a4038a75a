"""Warns partners of webhooks that fail, and suspends those that fail for too long."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from outbox import queue
from outbox.mails import queue_notice
from outbox.models import Destination
from webhooks.models import Webhook

logger = logging.getLogger(__name__)

State = Webhook.State

WARN_AFTER = (timedelta(hours=24), timedelta(hours=72))
SUSPEND_AFTER = timedelta(hours=120)

GONE = "The endpoint answered HTTP 410 Gone."
FAILED_TOO_LONG = "Every delivery failed for 120 hours."

WARNING = """Your webhook {webhook} has failed since {since} (UTC):

{url}

Events wait and are tried again. After {hours:.0f} hours without a success the webhook is suspended.
GET /api/warrantify/webhooks/{webhook}/deliveries/ shows the errors. When your endpoint works again,
nothing is left to do: what waits is delivered in order.
"""
SUSPENDED = """Your webhook {webhook} is suspended:

{url}

{reason} What happens meanwhile is kept for 30 days. To resume, send PATCH {{"state": "enabled"}} to
/api/warrantify/webhooks/{webhook}/, then POST {{"since": "...", "only_failed": true}} to
/api/warrantify/webhooks/{webhook}/replay/ for the events in between.
"""


def check() -> None:
    """Sends the warnings that are due and suspends what has failed for 120 hours. Runs each minute."""
    now = timezone.now()
    failing = Webhook.objects.filter(
        destination__is_paused=False, destination__failing_since__lte=now - WARN_AFTER[0]
    ).select_related("destination", "partner")
    for webhook in failing:
        since = webhook.destination.failing_since
        if since is None:
            continue
        if now - since >= SUSPEND_AFTER:
            suspend(webhook, FAILED_TOO_LONG)
        else:
            _warn(webhook, sum(now - since >= wait for wait in WARN_AFTER))


@transaction.atomic
def _warn(webhook: Webhook, number: int) -> None:
    # The condition lets one of several workers send it.
    unwarned = Webhook.objects.filter(pk=webhook.pk, state=State.ENABLED, warnings_sent__lt=number)
    if not unwarned.update(warnings_sent=number):
        return
    text = WARNING.format(
        webhook=webhook,
        url=webhook.url,
        since=f"{webhook.destination.failing_since:%d-%m-%Y %H:%M}",
        hours=SUSPEND_AFTER.total_seconds() / 3600,
    )
    queue_notice(webhook.partner.email, f"Webhook {webhook} is failing", text, webhook.webhook_id)


@transaction.atomic
def suspend(webhook: Webhook, reason: str) -> None:
    """Suspends an enabled webhook and mails its partner."""
    queue.lock(webhook.destination_id)
    enabled = Webhook.objects.filter(pk=webhook.pk, state=State.ENABLED)
    if not enabled.update(state=State.SUSPENDED, state_reason=reason):
        return
    Destination.objects.filter(pk=webhook.destination_id).update(is_paused=True)
    logger.warning("Suspended %s: %s", webhook, reason)
    text = SUSPENDED.format(webhook=webhook, url=webhook.url, reason=reason)
    queue_notice(webhook.partner.email, f"Webhook {webhook} is suspended", text, webhook.webhook_id)


def suspend_gone(destination_id: int) -> None:
    """Suspends the webhook whose endpoint answered 410."""
    for webhook in Webhook.objects.filter(destination=destination_id).select_related("partner"):
        suspend(webhook, GONE)
