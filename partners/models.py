"""Partners, their users, and their API keys."""

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from warrantify.text import NOT_AN_EMAIL, is_email


def _require_mailable(email: str) -> None:
    if email and not is_email(email):
        raise ValidationError({"email": NOT_AN_EMAIL})


class Partner(models.Model):
    """A tenant: a brand, retailer or insurer that sends repair orders."""

    name = models.CharField(max_length=200)
    email = models.EmailField()
    is_active = models.BooleanField("active", default=True)
    is_sandbox = models.BooleanField(
        "sandbox",
        default=False,
        help_text="Orders of a sandbox partner are for trying out: nobody repairs anything.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="partner_name_unique",
                violation_error_message="A partner of this name exists already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError for an address that no mail reaches."""
        super().clean()
        _require_mailable(self.email)


class User(AbstractUser):
    """A login: of one partner's systems, or of our staff (no partner)."""

    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="users"
    )

    def clean(self) -> None:
        """Raises ValidationError for an address that no mail reaches."""
        super().clean()
        _require_mailable(self.email)


class ApiKey(models.Model):
    """A partner's key for `X-API-Key`; only its prefix and hash are kept (see `api_keys.py`)."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def state(self) -> str:
        """`usable`, `expired`, `revoked` or, with its partner, `deactivated`: as its next request will
        find it."""
        if self.revoked_at is not None:
            return "revoked"
        if not self.partner.is_active:
            return "deactivated"
        is_over = self.expires_at is not None and self.expires_at <= timezone.now()
        return "expired" if is_over else "usable"


class FailedLogin(models.Model):
    """A user name and an address that failed to log in: one row, however often (see `logins.py`)."""

    class Door(models.TextChoices):
        """Where it was tried."""

        TOKEN = "token", "API token"
        DESK = "desk", "desk"

    username = models.CharField("user name", max_length=150)
    address = models.CharField(max_length=64)
    door = models.CharField("tried at", max_length=8, choices=Door)
    failures = models.PositiveIntegerField(default=0, help_text="Without a success between.")
    first_at = models.DateTimeField("first")
    last_at = models.DateTimeField("last", db_index=True)

    class Meta:
        verbose_name = "failed log-in"
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint("username", "address", name="failed_login_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.username} from {self.address}"
