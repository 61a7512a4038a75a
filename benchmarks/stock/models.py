"""The same tables, as plain models."""

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models

ENGAGEMENTS = ("Home", "Pickup", "Walk-in", "Onsite", "Offsite")
PLACE = RegexValidator(r"^[A-Za-z]+(?:[ -][A-Za-z]+)*\Z")


class Partner(models.Model):
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "partners_partner"


class User(AbstractUser):
    partner = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT)

    class Meta:
        db_table = "partners_user"


class ApiKey(models.Model):
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "partners_apikey"


class RepairOrder(models.Model):
    request_id = models.CharField(max_length=24, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField()
    source = models.CharField(max_length=6, default="api")
    repair_ref_no = models.CharField(max_length=100)
    client_name = models.CharField(max_length=200)
    customer_name = models.CharField(max_length=200)
    customer_mobile = models.CharField(max_length=10, validators=[RegexValidator(r"^[0-9]{10}\Z")])
    customer_email = models.EmailField()
    engagement_type = models.CharField(max_length=10, choices=[(c, c) for c in ENGAGEMENTS])
    address_line1 = models.CharField(max_length=500)
    address_line2 = models.CharField(max_length=500, blank=True)
    city = models.CharField(max_length=100, validators=[PLACE])
    state = models.CharField(max_length=100, validators=[PLACE])
    pincode = models.CharField(max_length=6, validators=[RegexValidator(r"^[0-9]{6}\Z")])
    asset_type = models.CharField(max_length=100)
    make = models.CharField(max_length=100)
    model = models.CharField(max_length=100)
    imei_no = models.CharField(max_length=100)
    issue = models.CharField(max_length=2000)
    centre_city = models.CharField(max_length=100, blank=True)
    size = models.CharField(max_length=100, blank=True)

    class Meta:
        db_table = "repairs_repairorder"
        constraints = [
            models.UniqueConstraint(fields=["partner", "repair_ref_no"], name="stock_reference_unique")
        ]


class Step(models.Model):
    code = models.CharField(max_length=40)
    numbered = models.BooleanField()

    class Meta:
        db_table = "tracking_workflowstep"


class Event(models.Model):
    order = models.ForeignKey(
        RepairOrder, db_column="tracking_id", related_name="events", on_delete=models.PROTECT
    )
    step = models.ForeignKey(Step, on_delete=models.PROTECT)
    occurred_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "tracking_trackingevent"
        ordering = ["pk"]
