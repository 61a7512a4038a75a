"""What is kept of repair orders and of the uploads they came in."""

from typing import Any

from django.db import models
from django.utils import timezone

from outbox.models import Message
from partners.models import ApiKey, Partner, User
from repairs.fields import FIELDS

_MAX = {field.attribute: field.max_length for field in FIELDS}

# In PostgreSQL one index of this class serves both equality and prefix search.
_PREFIX = ["varchar_pattern_ops"]


class DayCounter(models.Model):
    """How many request IDs a day has used up; see `request_ids.py`."""

    day = models.DateField(primary_key=True)
    issued = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day}: {self.issued}"


class RowOutcome(models.TextChoices):
    """The result of a row of an upload. The three in the middle are duplicates."""

    STORED = "stored", "Stored"
    IDENTICAL = "identical", "Duplicate: sent before with identical data"
    DIFFERENT = "different", "Duplicate: sent before with different data"
    REPEATED = "repeated", "Duplicate: repeated in this file"
    INVALID = "invalid", "Invalid"


class BulkUpload(models.Model):
    """One workbook that a partner sent: sender, file, the result of each row, and its summary mail.

    `header` holds the sheet's column names. `rows` holds one object per non-empty row: `row` (sheet
    row number), `reference`, `outcome` (`RowOutcome`), `request_id` (of a duplicate: the first
    order's), `errors` (wire name -> sentences), `differs` (wire names unlike the first order's) and
    `cells`, in the header's order: text, or `[kind, text]` of a `BadCell`. It is big: lists defer it.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="uploads")
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="+")
    client_name = models.CharField(max_length=_MAX["client_name"])
    client_email = models.EmailField()
    file_name = models.CharField(max_length=255)
    file_size = models.PositiveIntegerField("size in bytes")
    sha256 = models.CharField("SHA-256", max_length=64)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    uploaded_count = models.PositiveIntegerField(default=0)
    duplicate_count = models.PositiveIntegerField(default=0)
    invalid_count = models.PositiveIntegerField(default=0)
    header = models.JSONField(default=list)
    rows = models.JSONField(default=list)

    # The summary; null only until the transaction that stores the upload has queued it.
    mail = models.OneToOneField(Message, null=True, on_delete=models.PROTECT, related_name="upload")

    class Meta:
        ordering = ["-created_at"]

    def described_rows(self) -> list[dict[str, Any]]:
        """The rows, each also with its outcome as a `label`, and its `reasons` in one line."""
        return [
            {**row, "label": RowOutcome(row["outcome"]).label, "reasons": _reasons(row)} for row in self.rows
        ]

    def __str__(self) -> str:
        return f"{self.file_name} of {timezone.localtime(self.created_at):%d-%m-%Y %H:%M}"


def _reasons(row: dict[str, Any]) -> str:
    """What is wrong with a row, or in what it differs from the first order."""
    if row["differs"]:
        return f"Differs in {', '.join(row['differs'])}."
    return " ".join(f"{name}: {' '.join(sentences)}" for name, sentences in row["errors"].items())


class RepairOrder(models.Model):
    """One repair, as the partner ordered it. Attributes and lengths follow `fields.py`."""

    class Source(models.TextChoices):
        """The way in."""

        API = "api", "API"
        UPLOAD = "upload", "Upload"

    request_id = models.CharField(max_length=24)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="orders", db_index=False)
    repair_ref_no = models.CharField("reference", max_length=_MAX["repair_ref_no"])
    client_name = models.CharField(max_length=_MAX["client_name"])
    customer_name = models.CharField(max_length=_MAX["customer_name"])
    customer_mobile = models.CharField("mobile", max_length=_MAX["customer_mobile"])
    customer_email = models.CharField("e-mail", max_length=_MAX["customer_email"])
    engagement_type = models.CharField("engagement", max_length=_MAX["engagement_type"])
    address_line1 = models.CharField(max_length=_MAX["address_line1"])
    address_line2 = models.CharField(max_length=_MAX["address_line2"], blank=True)
    city = models.CharField(max_length=_MAX["city"])
    state = models.CharField(max_length=_MAX["state"])
    pincode = models.CharField("PIN code", max_length=_MAX["pincode"])
    asset_type = models.CharField("device", max_length=_MAX["asset_type"])
    make = models.CharField(max_length=_MAX["make"])
    model = models.CharField(max_length=_MAX["model"])
    imei_no = models.CharField("IMEI or serial number", max_length=_MAX["imei_no"])
    issue = models.CharField(max_length=_MAX["issue"])
    centre_city = models.CharField(max_length=_MAX["centre_city"], blank=True)
    size = models.CharField(max_length=_MAX["size"], blank=True)

    source = models.CharField(max_length=6, choices=Source, default=Source.API)
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    upload = models.ForeignKey(
        BulkUpload, null=True, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    created_at = models.DateTimeField()
    # Set when tracking starts: finds new orders without reading every history.
    started_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["request_id"], name="order_request_id_unique", opclasses=_PREFIX),
            models.UniqueConstraint(fields=["partner", "repair_ref_no"], name="order_reference_unique"),
        ]
        indexes = [
            models.Index(fields=["repair_ref_no"], name="order_reference", opclasses=_PREFIX),
            models.Index(fields=["customer_mobile"], name="order_mobile", opclasses=_PREFIX),
            models.Index(fields=["imei_no"], name="order_imei", opclasses=_PREFIX),
            # With the partner, so that the desk's orders per day and month are counted in the index alone.
            models.Index(fields=["created_at", "partner"], name="order_created"),
            models.Index(fields=["created_at"], name="order_new", condition=models.Q(started_at=None)),
            models.Index(fields=["upload"], name="order_upload", condition=models.Q(upload__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.request_id
