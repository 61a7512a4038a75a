"""What partners and staff do to webhooks; each call starts from the partner."""

import re
import secrets as random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from outbox import queue
from outbox.models import Destination, Message
from partners.models import Partner
from warrantify.http.errors import DomainError, NotFoundError
from webhooks import events, secrets
from webhooks.delivery import KIND
from webhooks.models import Event, Webhook

MAX_WEBHOOKS = 10
OLD_SECRET_SIGNS = timedelta(hours=24)

UNKNOWN = "Webhook does not exist"
UNKNOWN_EVENT = "Event does not exist"
TOO_MANY = f"The number of webhooks cannot exceed {MAX_WEBHOOKS}"
NOT_ENABLED = "Webhook is not enabled"

State = Webhook.State

_WEBHOOK_ID = re.compile("wh_[0-9a-f]{24}")


def of_partner(partner_id: int) -> QuerySet[Webhook]:
    """Returns the partner's webhooks, oldest first."""
    return Webhook.objects.filter(partner=partner_id).select_related("destination").order_by("pk")


def find(partner_id: int, webhook_id: str) -> Webhook:
    """Returns the partner's webhook; raises NotFoundError."""
    is_id = _WEBHOOK_ID.fullmatch(webhook_id)
    webhook = of_partner(partner_id).filter(webhook_id=webhook_id).first() if is_id else None
    if webhook is None:
        raise NotFoundError(UNKNOWN)
    return webhook


@transaction.atomic
def create(partner_id: int, values: Mapping[str, Any]) -> tuple[Webhook, str]:
    """Returns a new webhook and its secret. Raises DomainError where the partner has ten."""
    # The lock keeps simultaneous calls from making an eleventh.
    partner = Partner.objects.select_for_update().get(pk=partner_id)
    if partner.webhooks.count() >= MAX_WEBHOOKS:
        raise DomainError(TOO_MANY)
    webhook_id, secret = f"wh_{random.token_hex(12)}", secrets.new_secret()
    webhook = Webhook.objects.create(
        webhook_id=webhook_id,
        partner=partner,
        destination=Destination.objects.create(kind=KIND, name=webhook_id),
        secret=secrets.encrypt(secret),
        **values,
    )
    return webhook, secret


@transaction.atomic
def update(webhook: Webhook, values: Mapping[str, Any]) -> None:
    """Changes `url`, `events`, `description` or `state` as given; raises NotFoundError."""
    _lock(webhook)
    if "url" in values and values["url"] != webhook.url:
        _try_again(webhook)
    for name in {"url", "events", "description"} & set(values):
        setattr(webhook, name, values[name])
    if "state" in values and values["state"] != webhook.state:
        _set_state(webhook, values["state"])
    webhook.save(update_fields=["url", "events", "description", "state", "state_reason", "warnings_sent"])


@transaction.atomic
def suspend(webhook: Webhook, reason: str) -> None:
    """Suspends on behalf of staff; the partner can resume it. Raises NotFoundError."""
    _lock(webhook)
    _set_state(webhook, State.SUSPENDED, reason)
    webhook.save(update_fields=["state", "state_reason", "warnings_sent"])


def _lock(webhook: Webhook) -> None:
    """Reads the webhook as it stands now and keeps it so until the transaction ends.

    Raises NotFoundError where it was deleted meanwhile.
    """
    queue.lock(webhook.destination_id)
    try:
        webhook.refresh_from_db(from_queryset=Webhook.objects.select_for_update(no_key=True))
    except Webhook.DoesNotExist:
        raise NotFoundError(UNKNOWN) from None


@transaction.atomic
def follow_partner(instance: Partner, **_: Any) -> None:
    """Receives `post_save`: the webhooks of a deactivated partner pause until it is active again."""
    for webhook in of_partner(instance.pk).filter(destination__is_paused=instance.is_active):
        _lock(webhook)
        _set_state(webhook, webhook.state, webhook.state_reason)
        webhook.save(update_fields=["warnings_sent"])


def _set_state(webhook: Webhook, state: str, reason: str = "") -> None:
    webhook.state, webhook.state_reason = state, reason
    webhook.destination.is_paused = state != State.ENABLED or not webhook.partner.is_active
    webhook.destination.save(update_fields=["is_paused"])
    if not webhook.destination.is_paused:
        _try_again(webhook)


def _try_again(webhook: Webhook) -> None:
    """Forgets past failures and sends what waits now."""
    webhook.warnings_sent = 0
    webhook.destination.failing_since = webhook.destination.retry_at = None
    webhook.destination.save(update_fields=["failing_since", "retry_at"])
    waiting = _messages(webhook).filter(state=Message.State.PENDING, due_at__gt=timezone.now())
    waiting.update(due_at=timezone.now())
    queue.wake()


@transaction.atomic
def delete(webhook: Webhook) -> None:
    """Deletes the webhook with its deliveries: nothing more is sent. Raises NotFoundError."""
    _lock(webhook)
    destination = webhook.destination
    webhook.delete()
    destination.delete()


@transaction.atomic
def rotate_secret(webhook: Webhook) -> str:
    """Returns a new secret; for 24 hours the one before signs too. Raises NotFoundError."""
    _lock(webhook)
    secret = secrets.new_secret()
    webhook.previous_secret = webhook.secret
    webhook.previous_until = timezone.now() + OLD_SECRET_SIGNS
    webhook.secret = secrets.encrypt(secret)
    webhook.save(update_fields=["secret", "previous_secret", "previous_until"])
    return secret


@transaction.atomic
def queue_test(webhook: Webhook) -> Event:
    """Queues a test event; raises DomainError unless the webhook is enabled, and NotFoundError."""
    _lock(webhook)
    if webhook.state != State.ENABLED:
        raise DomainError(NOT_ENABLED)
    return events.store_test(webhook)


@transaction.atomic
def replay_event(webhook: Webhook, event_id: str) -> int:
    """Queues one event again and returns 1, or 0 where it waits anyway; raises NotFoundError."""
    messages = _messages(webhook).filter(reference=event_id)
    if not messages.exists():
        raise NotFoundError(UNKNOWN_EVENT)
    return _replay(webhook, messages)


@transaction.atomic
def replay_since(webhook: Webhook, since: datetime, *, only_failed: bool = False) -> int:
    """Queues the webhook's events from `since` on again; returns how many."""
    messages = _messages(webhook).filter(created_at__gte=since)
    if only_failed:
        messages = messages.filter(state=Message.State.FAILED)
    return _replay(webhook, messages)


def _replay(webhook: Webhook, messages: QuerySet[Message]) -> int:
    count = queue.requeue(messages.exclude(state=Message.State.PENDING))
    queue.hurry(webhook.destination)
    return count


def _messages(webhook: Webhook) -> QuerySet[Message]:
    return Message.objects.filter(destination=webhook.destination_id)
