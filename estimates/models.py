"""Estimates with their lines, who approves for a partner, and the approval links that were mailed.

Only `estimates/services.py` writes estimates.
"""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from estimates.amounts import Totals, line_amount, totals
from partners.models import Partner, User
from repairs.models import RepairOrder
from tracking.estimate_states import MAX_DECISION_REASON_LENGTH, MAX_NAME_LENGTH, EstimateState

MAX_LINES = 50
MAX_DESCRIPTION_LENGTH = 200
MAX_NOTE_LENGTH = 1000
LIMIT = 10_000_000  # quantity and price stay below
MAX_TAX_PERCENT = 100

_DECIDED = [EstimateState.APPROVED, EstimateState.DECLINED]
_STORED = [state for state in EstimateState if state != EstimateState.EXPIRED]


class Estimate(models.Model):
    """What a repair would cost. Estimates are numbered from 1 for each order.

    The newest of an order is the current one. `state` is as stored; `shown_state` of tracking says
    whether it has expired. A decided estimate keeps its decision when a newer one is raised.
    """

    class Door(models.TextChoices):
        """How a decision reached us."""

        STAFF = "staff", "staff"
        API = "api", "API"
        PARTNER_LINK = "partner_link", "link to the partner's approver"
        CUSTOMER_LINK = "customer_link", "link to the customer"

    order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="estimates", db_index=False)
    number = models.PositiveSmallIntegerField()
    is_current = models.BooleanField(default=True)
    state = models.CharField(max_length=20, choices=EstimateState, default=EstimateState.RAISED)
    tax_percent = models.DecimalField(max_digits=5, decimal_places=2)
    total_paise = models.BigIntegerField()
    note = models.CharField(max_length=MAX_NOTE_LENGTH, blank=True)
    valid_until = models.DateField()
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    waiting_since = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=MAX_NAME_LENGTH, blank=True)
    decided_through = models.CharField(max_length=20, choices=Door, blank=True)
    reason = models.CharField(max_length=MAX_DECISION_REASON_LENGTH, blank=True)

    class Meta:
        ordering = ["order", "number"]
        indexes = [
            models.Index(
                fields=["decided_at"], name="estimate_decided", condition=Q(decided_at__isnull=False)
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="estimate_number_unique"),
            models.UniqueConstraint(
                fields=["order"], name="estimate_one_current", condition=Q(is_current=True)
            ),
            models.CheckConstraint(
                name="estimate_undecided_is_current",
                condition=Q(is_current=True, state__in=_STORED) & ~Q(state=EstimateState.SUPERSEDED)
                | Q(is_current=False, state__in=[*_DECIDED, EstimateState.SUPERSEDED]),
            ),
            models.CheckConstraint(
                name="estimate_decision_says_who_and_when",
                condition=Q(state__in=_DECIDED, decided_at__isnull=False)
                & ~Q(decided_by="")
                & ~Q(decided_through="")
                | ~Q(state__in=_DECIDED) & Q(decided_at=None, decided_by="", decided_through="", reason=""),
            ),
            models.CheckConstraint(
                name="estimate_decline_says_why", condition=~Q(state=EstimateState.DECLINED, reason="")
            ),
            models.CheckConstraint(
                name="estimate_waiting_says_since_when",
                condition=~Q(state=EstimateState.AWAITING_APPROVAL, waiting_since=None),
            ),
            models.CheckConstraint(
                name="estimate_amounts_in_range",
                condition=Q(
                    number__gte=1, total_paise__gte=0, tax_percent__gte=0, tax_percent__lte=MAX_TAX_PERCENT
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"estimate {self.number}"

    @classmethod
    def current(cls, order_id: int) -> "Estimate | None":
        """Returns the order's newest estimate."""
        return cls.objects.filter(order=order_id, is_current=True).first()

    def totals(self) -> Totals:
        """Returns the sums, computed from the lines."""
        return totals((line.amount for line in self.lines.all()), self.tax_percent)


class EstimateLine(models.Model):
    """A part, work or anything else, at a price."""

    class Kind(models.TextChoices):
        """What is charged for."""

        PART = "part", "part"
        LABOUR = "labour", "labour"
        OTHER = "other", "other"

    estimate = models.ForeignKey(Estimate, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    description = models.CharField(max_length=MAX_DESCRIPTION_LENGTH)
    quantity = models.DecimalField(max_digits=10, decimal_places=3)
    unit_price = models.DecimalField(max_digits=9, decimal_places=2)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["estimate", "position"], name="estimate_line_position_unique"),
            models.CheckConstraint(
                name="estimate_line_in_range",
                condition=Q(
                    position__gte=1,
                    position__lte=MAX_LINES,
                    quantity__gt=0,
                    quantity__lt=LIMIT,
                    unit_price__gte=0,
                    unit_price__lt=LIMIT,
                    kind__in=["part", "labour", "other"],
                )
                & ~Q(description=""),
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def amount(self) -> Decimal:
        """The line's amount, rounded half up."""
        return line_amount(self.quantity, self.unit_price)


class Approver(models.Model):
    """Who gets the approval mails of a partner's orders; nobody if the partner has no row."""

    class Kind(models.TextChoices):
        """Whom the link goes to."""

        NOBODY = "nobody", "nobody by mail"
        PARTNER = "partner", "the partner's approver"
        CUSTOMER = "customer", "the order's customer"

    partner = models.OneToOneField(
        Partner, primary_key=True, on_delete=models.CASCADE, related_name="approver"
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NOBODY)
    email = models.EmailField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="approver_of_partner_has_an_email",
                condition=Q(kind="partner") & ~Q(email="") | Q(kind__in=["nobody", "customer"], email=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.email}".strip()


class ApprovalLink(models.Model):
    """A link that was mailed; only the hash of its token is kept."""

    estimate = models.ForeignKey(Estimate, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    door = models.CharField(max_length=20, choices=Estimate.Door)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"link to estimate {self.estimate_id}"
