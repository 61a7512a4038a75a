"""Delivers events: the outbox's handler for webhooks (docs/contract.md section 8)."""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Signer

from outbox.handlers import Handler, Outcome
from outbox.models import Message
from webhooks import health, secrets, sending
from webhooks.models import Event, Webhook

logger = logging.getLogger(__name__)

KIND = "webhook"
WAITS = [
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 86400)
]
JITTER = 0.2
USER_AGENT = "Warrantify-Webhooks/1.0"


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that an attempt needs."""

    url: str
    event_id: str
    body: str
    secrets: list[str]


class WebhookHandler(Handler):
    """Signs and posts events."""

    kind = KIND
    max_attempts = len(WAITS) + 1
    lease = timedelta(seconds=30)  # what waits for a worker that died waits so long
    batch = 32
    in_flight = 2
    stops_on_failure = True

    def wait_after(self, attempts: int) -> timedelta:
        """Follows the schedule of the contract, each wait up to a fifth shorter or longer."""
        wait = WAITS[min(attempts, len(WAITS)) - 1]
        return wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 (spreads load, guards nothing)

    def prepare(self, messages: Sequence[Message]) -> dict[int, Delivery]:
        """Reads events and webhooks, one query each, and decrypts the secrets."""
        events = Event.objects.in_bulk([message.reference for message in messages])
        enabled = Webhook.objects.filter(
            destination__in={message.destination_id for message in messages},
            state=Webhook.State.ENABLED,
            partner__is_active=True,
        )
        signed_by = {webhook.destination_id: (webhook, signing_secrets(webhook)) for webhook in enabled}
        prepared: dict[int, Delivery] = {}
        for message in messages:
            event = events.get(message.reference)
            if event is not None and message.destination_id in signed_by:
                webhook, keys = signed_by[message.destination_id]
                prepared[message.pk] = Delivery(webhook.url, event.event_id, event.body, keys)
        return prepared

    def deliver(self, message: Message, prepared: Delivery) -> Outcome:
        """Makes one attempt."""
        if not prepared.secrets:
            return Outcome(False, "The secret cannot be read: rotate it.")
        try:
            body = prepared.body.encode()
            answer = sending.post(prepared.url, body, signed_headers(prepared, datetime.now(UTC)))
        except sending.SendingError as error:
            return Outcome(False, str(error), {"status": None})
        return _outcome(answer)

    def settled(self, message: Message, outcome: Outcome) -> None:
        """Suspends a webhook that is gone for good; forgets the warnings of one that works again."""
        if outcome.result.get("status") == HTTPStatus.GONE:
            health.suspend_gone(message.destination_id)
        elif outcome.is_delivered and message.destination.failing_since is not None:
            Webhook.objects.filter(destination=message.destination_id).update(warnings_sent=0)


def signing_secrets(webhook: Webhook) -> list[str]:
    """Returns the secrets that sign now, the new one first, without those that no key decrypts."""
    stored = [webhook.secret]
    if webhook.previous_until is not None and timezone.now() < webhook.previous_until:
        stored.append(webhook.previous_secret)
    readable = []
    for text in stored:
        try:
            readable.append(secrets.decrypt(text))
        except secrets.UnreadableSecretError:
            logger.error("No key decrypts a secret of %s", webhook)
    return readable


def signed_headers(delivery: Delivery, now: datetime) -> dict[str, str]:
    """Returns the headers of Standard Webhooks; `now` is in UTC, as the library ignores offsets."""
    signatures = [Signer(secret).sign(delivery.event_id, now, delivery.body) for secret in delivery.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
        "Connection": "close",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _outcome(answer: sending.Answer) -> Outcome:
    result: dict[str, Any] = {"status": answer.status, "answer": answer.text, "ms": answer.milliseconds}
    if 200 <= answer.status < 300:
        return Outcome(True, result=result)
    sentence = f"The answer was HTTP {answer.status}."
    if 300 <= answer.status < 400:
        sentence = f"The answer was HTTP {answer.status}: redirects are not followed."
    obeyed = answer.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    wish = timedelta(seconds=answer.retry_after if obeyed else 0)
    return Outcome(False, sentence, result, retry_after=wish)
