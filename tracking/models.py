"""The documented workflows as ordered steps, and each order's history as an append-only list.

`tracking/services.py` holds the only writers. Events are never changed or deleted: a mistake is
voided and stays, out of the API's sight.
"""

from django.db import models
from django.db.models import Q

from partners.models import Partner, User
from repairs.models import RepairOrder
from tracking.estimate_states import MAX_DECISION_REASON_LENGTH, MAX_NAME_LENGTH

MAX_NOTE_LENGTH = 1000
MAX_REASON_LENGTH = 500

# The workflow that an Engagement_Type suggests; staff decide (docs/contract.md section 6).
PROPOSED = {
    "Onsite": "technician",
    "Home": "technician",
    "Offsite": "service_center",
    "Pickup": "service_center",
    "Walk-in": "service_center",
}


class Workflow(models.Model):
    """One of the documentation's three flows; rows by migration."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=50)
    position = models.PositiveSmallIntegerField(unique=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class WorkflowStep(models.Model):
    """A status of a workflow: its place in the order, and what may happen around it.

    `numbered` steps show which visit it is; to `repeatable` ones an order may return; nothing
    follows a `terminal` one. `expected_hours` (null: no expectation) makes an order late.
    """

    class WaitingOn(models.TextChoices):
        """Who has to act while an order stands at a step."""

        US = "us", "us"
        CUSTOMER = "customer", "customer"
        APPROVAL = "approval", "partner approval"
        PARTS = "parts", "parts"

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    description = models.CharField(max_length=100)
    numbered = models.BooleanField(default=False)
    repeatable = models.BooleanField(default=False)
    terminal = models.BooleanField(default=False)
    expected_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    waiting_on = models.CharField(max_length=10, choices=WaitingOn, default=WaitingOn.US)

    class Meta:
        ordering = ["workflow", "position"]
        constraints = [
            models.UniqueConstraint(fields=["workflow", "position"], name="step_position_unique"),
            models.UniqueConstraint(fields=["workflow", "code"], name="step_code_unique"),
        ]

    def __str__(self) -> str:
        return self.code


class OrderTracking(models.Model):
    """An order's workflow and where it stands; the row that writers lock.

    `current_event` and what follows it repeat the last visible event, for lists and figures over
    a million orders. `version` counts every change that the API can show. The `estimate_` columns
    repeat what a poll shows of the current estimate (null: none), kept by the app above: an integer
    is exact in every database. `waiting_on_override` names who has to act instead of whom the step
    says, until the next status.
    """

    order = models.OneToOneField(
        RepairOrder, primary_key=True, on_delete=models.PROTECT, related_name="tracking"
    )
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+")
    current_event = models.OneToOneField(
        "TrackingEvent", null=True, on_delete=models.PROTECT, related_name="+"
    )
    current_step = models.ForeignKey(WorkflowStep, on_delete=models.PROTECT, related_name="+", db_index=False)
    current_since = models.DateTimeField()
    is_closed = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    # How many events (docs/contract.md section 8) its changes have made, whether anyone received them or not.
    event_sequence = models.PositiveIntegerField(default=0)
    estimate_no = models.PositiveSmallIntegerField(null=True)
    estimate_state = models.CharField(max_length=20, null=True)
    estimate_total_paise = models.BigIntegerField(null=True)
    estimate_valid_until = models.DateField(null=True)
    waiting_on_override = models.CharField(max_length=10, choices=WorkflowStep.WaitingOn, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["current_step", "current_since"],
                name="tracking_open",
                condition=Q(is_closed=False),
            ),
            models.Index(fields=["current_since"], name="tracking_closed", condition=Q(is_closed=True)),
            models.Index(
                fields=["waiting_on_override", "current_since"],
                name="tracking_overridden",
                condition=Q(is_closed=False) & ~Q(waiting_on_override=""),
            ),
            models.Index(fields=["partner", "changed_at", "order"], name="tracking_changed"),
            models.Index(
                fields=["estimate_state", "current_since"],
                name="tracking_estimate",
                condition=Q(estimate_state__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="tracking_estimate_whole_or_absent",
                condition=Q(
                    estimate_no=None,
                    estimate_state=None,
                    estimate_total_paise=None,
                    estimate_valid_until=None,
                )
                | Q(
                    estimate_no__isnull=False,
                    estimate_state__isnull=False,
                    estimate_total_paise__isnull=False,
                    estimate_valid_until__isnull=False,
                ),
            )
        ]

    def __str__(self) -> str:
        return f"tracking of order {self.pk}"


class TrackingEvent(models.Model):
    """A status reached, by its time (`occurred_at`) and by when we learnt it (`recorded_at`).

    `visit` is the number given at recording; voids renumber what partners see, not this.
    Its order of recording (`pk`) is its order in the history. Triggers refuse every deletion and
    every update but the one that voids. `step` stays that of the workflow it was recorded in.
    """

    class Source(models.TextChoices):
        """Through which door it was recorded."""

        ADMIN = "admin", "admin"
        COMMAND = "command", "command"
        SHEET = "sheet", "status sheet"
        API = "api", "API"
        LINK = "link", "approval link"

    tracking = models.ForeignKey(
        OrderTracking, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    step = models.ForeignKey(WorkflowStep, on_delete=models.PROTECT, related_name="+")
    visit = models.PositiveSmallIntegerField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    # PROTECT: users who recorded or voided an event stay known; they can only be deactivated.
    recorded_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source = models.CharField(max_length=10, choices=Source)
    note = models.CharField(max_length=MAX_NOTE_LENGTH, blank=True)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    void_reason = models.CharField(max_length=MAX_REASON_LENGTH, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["tracking", "id"], name="event_history")]
        constraints = [
            models.CheckConstraint(
                name="event_void_says_who_and_why",
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.step_id} at {self.occurred_at}"


class WorkflowChange(models.Model):
    """That an order was moved to another workflow, when and by whom; for the audit."""

    tracking = models.ForeignKey(OrderTracking, on_delete=models.PROTECT, related_name="workflow_changes")
    previous = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    chosen = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source = models.CharField(max_length=10, choices=TrackingEvent.Source)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.previous_id} to {self.chosen_id} at {self.changed_at}"


class SandboxDecision(models.Model):
    """How a sandbox partner decided the estimate of an order; the order's clock goes on by it."""

    order = models.OneToOneField(RepairOrder, primary_key=True, on_delete=models.CASCADE, related_name="+")
    approves = models.BooleanField()
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=MAX_NAME_LENGTH)
    reason = models.CharField(max_length=MAX_DECISION_REASON_LENGTH, blank=True)

    def __str__(self) -> str:
        return f"decision on {self.order_id}"
