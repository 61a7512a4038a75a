"""The estimate endpoints."""

from rest_framework import serializers

from estimates import decisions, representations, views
from estimates.forms import APPROVE, DecisionSerializer
from estimates.models import EstimateLine
from partners.endpoints import success
from portal.openapi.descriptions import DATE, DAY, MONEY, Body, answer, describe, success_body
from portal.openapi.tracking import REFERENCE_ID
from tracking.estimate_states import CURRENCY, EstimateState


class EstimateLineSerializer(Body):
    """One line of an estimate."""

    kind = serializers.ChoiceField(EstimateLine.Kind.values)
    description = serializers.CharField()
    quantity = serializers.CharField(help_text="Up to 3 decimals")
    unit_price = serializers.RegexField(MONEY)
    amount = serializers.RegexField(MONEY, help_text="Rounded half up")


class EstimateSerializer(Body):
    """What a repair would cost, and what was decided."""

    estimate_no = serializers.IntegerField(help_text="1, 2, ... for each order")
    state = serializers.ChoiceField(EstimateState.values)
    currency = serializers.ChoiceField([CURRENCY])
    lines = EstimateLineSerializer(many=True)
    subtotal = serializers.RegexField(MONEY)
    tax_percent = serializers.RegexField(MONEY)
    tax = serializers.RegexField(MONEY, help_text="Rounded half up")
    total = serializers.RegexField(MONEY)
    note = serializers.CharField(allow_blank=True)
    valid_until = serializers.RegexField(DAY, help_text="DD-MM-YYYY, server time zone; the last valid day")
    raised = serializers.RegexField(DATE)
    decided = serializers.RegexField(DATE, allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


ESTIMATE = {
    "estimate_no": 1,
    "state": "awaiting_approval",
    "currency": CURRENCY,
    "lines": [
        {
            "kind": "part",
            "description": "Battery",
            "quantity": "1",
            "unit_price": "2500.00",
            "amount": "2500.00",
        }
    ],
    "subtotal": "2500.00",
    "tax_percent": "18.00",
    "tax": "450.00",
    "total": "2950.00",
    "note": "",
    "valid_until": "01-12-2026",
    "raised": "24-11-2026 10:00:00",
    "decided": None,
    "decided_by": None,
    "reason": None,
}
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
    extra={
        decisions.DECIDED: {"DATA": {**APPROVED, "state": "declined", "reason": "Too expensive"}},
        decisions.SUPERSEDED: {"DATA": {**ESTIMATE, "estimate_no": 2}},
    },
)
