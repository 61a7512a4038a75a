"""Partners' webhooks and the events that they get.

A delivery is an `outbox.Message`: its destination is the webhook's, its reference the event's ID.
"""

from django.db import models
from django.db.models import Q

from outbox.models import Destination
from partners.models import Partner

MAX_URL_LENGTH = 500
MAX_DESCRIPTION_LENGTH = 200


class Webhook(models.Model):
    """An endpoint of a partner. `secret` and `previous_secret` are encrypted, see `secrets.py`.

    `events` holds the types wanted; null means all. `warnings_sent` counts the mails about its
    failures since it last worked.
    """

    class State(models.TextChoices):
        """`disabled` by the partner, `suspended` by us."""

        ENABLED = "enabled", "enabled"
        DISABLED = "disabled", "disabled"
        SUSPENDED = "suspended", "suspended"

    webhook_id = models.CharField("ID", max_length=27, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="webhooks")
    destination = models.OneToOneField(Destination, on_delete=models.PROTECT, related_name="webhook")
    url = models.CharField("URL", max_length=MAX_URL_LENGTH)
    events = models.JSONField(null=True)
    description = models.CharField(max_length=MAX_DESCRIPTION_LENGTH, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ENABLED)
    state_reason = models.CharField(max_length=200, blank=True)
    warnings_sent = models.PositiveSmallIntegerField(default=0)
    secret = models.TextField()
    previous_secret = models.TextField(blank=True)
    previous_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.webhook_id


class Event(models.Model):
    """Something a partner is told. `body` is the text that is signed and sent, never changed.

    `request_id` and `sequence` are null for test events, which belong to no order.
    """

    event_id = models.CharField("ID", max_length=28, primary_key=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    type = models.CharField(max_length=20)
    request_id = models.CharField(max_length=24, null=True)
    sequence = models.PositiveIntegerField(null=True)
    body = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request_id", "sequence"],
                name="event_sequence_unique",
                condition=Q(request_id__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.event_id
