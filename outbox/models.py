"""Messages that wait, were delivered or were given up, and the destinations they go to.

A message is delivered at least once. A worker leases a destination, which is its own until
`leased_until`; after that time another worker may take it, so nothing is lost with a worker that dies.
A message is delivered twice only where a worker died between the receiver's acceptance and our note.
"""

from django.db import models
from django.db.models import Q

MAX_ERROR_LENGTH = 500


class Destination(models.Model):
    """A receiver with a queue of its own: one webhook, or the mail server for mails of one kind.

    `kind` names the handler (see `handlers.py`), `name` the receiver within it. While `is_paused`
    nothing is claimed. `failing_since` is set while a handler with `stops_on_failure` sees failures
    only; then nothing is claimed before `retry_at`. One worker at a time sends its messages, under a
    lease that it gives back.
    """

    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=100, blank=True)
    is_paused = models.BooleanField(default=False)
    failing_since = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="outbox_destination_unique")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


class Message(models.Model):
    """Something to deliver. `reference` and `payload` say what; only the kind's handler reads them.

    Messages of one destination with the same `lane` (not empty) are delivered in the order of their
    primary keys, each after the one before it was delivered or failed. `attempts` counts those since the
    message was last queued. `result` is what the handler keeps of the last attempt.
    """

    class State(models.TextChoices):
        """Where the message stands; a failed one is a dead letter that staff can send again."""

        PENDING = "pending", "pending"
        DELIVERED = "delivered", "delivered"
        FAILED = "failed", "failed"

    destination = models.ForeignKey(
        Destination, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    lane = models.CharField(max_length=40, blank=True)
    reference = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    error = models.CharField(max_length=MAX_ERROR_LENGTH, blank=True)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # Partial: small, as they hold only what waits.
            models.Index(fields=["destination", "due_at"], name="outbox_due", condition=Q(state="pending")),
            models.Index(fields=["destination", "id"], name="outbox_oldest", condition=Q(state="pending")),
            models.Index(fields=["destination", "reference"], name="outbox_reference"),
            models.Index(fields=["destination", "-id"], name="outbox_newest"),
            models.Index(fields=["destination"], name="outbox_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return f"{self.destination} {self.reference}"

    @property
    def kind(self) -> str:
        """Names the handler."""
        return self.destination.kind
