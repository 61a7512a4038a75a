"""What the desk itself keeps, for days at most: forms that were sent, sheets that are previewed.

Both hold what staff typed, so `prune` deletes them by age.
"""

import uuid
from datetime import timedelta

from django.core.cache import cache
from django.db import models
from django.utils import timezone

from partners.models import User

# For this long a repeated form is known, and its report and a previewed sheet can be opened.
KEPT = timedelta(days=1)


class Submission(models.Model):
    """A form that was sent: its one-time token is spent.

    `digest` tells a repetition from the same page sent with other content. `report` says what a
    batch or a sheet did, row by row; null for other forms.
    """

    token = models.CharField(max_length=64, primary_key=True)
    digest = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    sent_at = models.DateTimeField(default=timezone.now, db_index=True)
    report = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"form sent at {self.sent_at}"


class SheetPreview(models.Model):
    """A status sheet that was uploaded and validated, and is not recorded yet.

    `lines` is what the page shows. `versions` holds each order's tracking version at the time of the
    preview, by primary key: an order that has moved on since is refused.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    file_name = models.CharField(max_length=255)
    content = models.BinaryField()
    lines = models.JSONField()
    versions = models.JSONField()

    def __str__(self) -> str:
        return f"{self.file_name} of {self.created_at}"


def prune_hourly() -> None:
    """Prunes at most once an hour, so that neither table grows where no clean-up runs."""
    if cache.add("desk-pruned", 1, timeout=3600):
        prune()


def prune() -> int:
    """Deletes what is older than `KEPT`; returns the number of rows."""
    before = timezone.now() - KEPT
    deleted, _ = Submission.objects.filter(sent_at__lt=before).delete()
    previews, _ = SheetPreview.objects.filter(created_at__lt=before).delete()
    return deleted + previews
