"""What the desk itself keeps.

Of orders: notes, files and who works on one, all internal, never in the API; `desk/erasure.py` erases
them with their customers. For days at most: forms that were sent and sheets that are previewed, which
`prune` deletes by age.
"""

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone

from partners.models import User
from repairs.models import RepairOrder

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


class OrderNote(models.Model):
    """A remark on an order that is no status: for staff only."""

    order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="notes")
    text = models.CharField(max_length=2000)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"note of {self.written_at}"


def stored_as(file: "OrderFile", name: str) -> str:
    """Where the storage keeps a file of an order: under a random name with the ending `name`."""
    return f"orders/{file.order_id}/{uuid.uuid4().hex}{name}"


class OrderFile(models.Model):
    """A photo or a PDF of an order, in Django's default storage; a photo has a thumbnail there too."""

    order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=50)
    size = models.PositiveIntegerField("size in bytes")
    file = models.FileField(max_length=255, upload_to=stored_as)
    thumbnail = models.FileField(max_length=255, upload_to=stored_as, blank=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Assignment(models.Model):
    """Who works on an order: one user of the group Technicians. No row: nobody."""

    order = models.OneToOneField(
        RepairOrder, primary_key=True, on_delete=models.PROTECT, related_name="assignment"
    )
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    assigned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        permissions = [("work_assignment", "Can work on the orders assigned to oneself")]

    def __str__(self) -> str:
        return f"order {self.pk}"


def prune(**_: object) -> None:
    """Deletes what is older than `KEPT`; the hourly clean-up calls it."""
    before = timezone.now() - KEPT
    Submission.objects.filter(sent_at__lt=before).delete()
    SheetPreview.objects.filter(created_at__lt=before).delete()
