"""The estimate endpoints."""

from rest_framework import serializers

from estimates import decisions, representations, views
from estimates.forms import APPROVE, DecisionSerializer
from estimates.models import EstimateLine
from partners.endpoints import success
from portal.openapi.descriptions import (
    DATE,
    DAY,
    MONEY,
    Body,
    ErrorSerializer,
    answer,
    describe,
    example,
    success_body,
)
from portal.openapi.tracking import REFERENCE_ID
from tracking.estimate_states import CURRENCY, EstimateState


class EstimateLineSerializer(Body):
    """One line of an estimate."""

    kind = serializers.ChoiceField(EstimateLine.Kind.values, initial="part")
    description = serializers.CharField(initial="Battery")
    quantity = serializers.CharField(help_text="Up to 3 decimals", initial="1")
    unit_price = serializers.RegexField(MONEY, initial="2500.00")
    amount = serializers.RegexField(MONEY, help_text="Rounded half up", initial="2500.00")


class EstimateSerializer(Body):
    """What a repair would cost, and what was decided."""

    estimate_no = serializers.IntegerField(help_text="1, 2, ... for each order", initial=1)
    state = serializers.ChoiceField(EstimateState.values, initial="awaiting_approval")
    currency = serializers.ChoiceField([CURRENCY], initial=CURRENCY)
    lines = EstimateLineSerializer(many=True)
    subtotal = serializers.RegexField(MONEY, initial="2500.00")
    tax_percent = serializers.RegexField(MONEY, initial="18.00")
    tax = serializers.RegexField(MONEY, help_text="Rounded half up", initial="450.00")
    total = serializers.RegexField(MONEY, initial="2950.00")
    note = serializers.CharField(allow_blank=True)
    valid_until = serializers.RegexField(
        DAY, help_text="DD-MM-YYYY, server time zone; the last valid day", initial="01-12-2026"
    )
    raised = serializers.RegexField(DATE, initial="24-11-2026 10:00:00")
    decided = serializers.RegexField(DATE, allow_null=True, initial=None)
    decided_by = serializers.CharField(allow_null=True, initial=None)
    reason = serializers.CharField(allow_null=True, initial=None)


class EstimateConflictSerializer(ErrorSerializer):
    """Why an estimate cannot be decided; decided otherwise or superseded, with the estimate that counts."""

    DATA = EstimateSerializer(required=False)


ESTIMATE = {**example(EstimateSerializer), "lines": [example(EstimateLineSerializer)]}
APPROVED = {**ESTIMATE, "state": "approved", "decided": "24-11-2026 11:30:00", "decided_by": "Asha Rao"}
DECISION = {"ReferenceID": "REP10001", "estimate_no": 1, "decision": APPROVE, "decided_by": "Asha Rao"}
ESTIMATE_ANSWER = success(DATA=ESTIMATE)
APPROVED_ANSWER = success(views.MESSAGES[True], DATA=APPROVED)
describe(
    views.EstimateView,
    "GET claim/estimate/",
    "estimate",
    answer(
        success_body(
            "EstimateAnswer",
            "The current estimate, or null.",
            Message=serializers.CharField(required=False, help_text="Only where there is no estimate"),
            DATA=EstimateSerializer(allow_null=True),
        ),
        "The estimate.",
        Estimate=ESTIMATE_ANSWER,
        No_estimate=success(representations.NO_ESTIMATE, DATA=None),
    ),
    parameters=[REFERENCE_ID],
)
describe(
    views.EstimateView,
    "POST claim/estimate/",
    "estimate_decision",
    answer(
        success_body(
            "Decided",
            "The decided estimate.",
            Message=serializers.ChoiceField(choices=list(views.MESSAGES.values())),
            DATA=EstimateSerializer(),
        ),
        "The decision was kept.",
        Approved=APPROVED_ANSWER,
    ),
    request=DecisionSerializer,
    example=DECISION,
    error_bodies={409: EstimateConflictSerializer},
    extra={
        decisions.DECIDED: {"DATA": {**APPROVED, "state": "declined", "reason": "Too expensive"}},
        decisions.SUPERSEDED: {"DATA": {**ESTIMATE, "estimate_no": 2}},
    },
)
