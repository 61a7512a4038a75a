"""The estimate endpoints."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from estimates import representations
from estimates.forms import APPROVE, DECLINE
from estimates.models import EstimateLine
from estimates.views import MESSAGES
from portal.openapi import errors
from portal.openapi.descriptions import Body, answer, describe, document
from portal.openapi.tracking import DATE
from tracking.estimate_states import CURRENCY, MAX_DECISION_REASON_LENGTH, MAX_NAME_LENGTH, EstimateState

TAG = "Estimates"
MONEY = "^[0-9]+\\.[0-9]{2}$"
DAY = "^[0-9]{2}-[0-9]{2}-[0-9]{4}$"


def _money(help_text: str = "") -> serializers.RegexField:
    return serializers.RegexField(MONEY, help_text=help_text)


class EstimateLineSerializer(Body):
    """One line of an estimate."""

    kind = serializers.ChoiceField(EstimateLine.Kind.values)
    description = serializers.CharField()
    quantity = serializers.CharField(help_text="Up to 3 decimals")
    unit_price = _money()
    amount = _money("Rounded half up")


class EstimateSerializer(Body):
    """What a repair would cost, and what was decided."""

    estimate_no = serializers.IntegerField(help_text="1, 2, ... for each order")
    state = serializers.ChoiceField(EstimateState.values)
    currency = serializers.ChoiceField([CURRENCY])
    lines = EstimateLineSerializer(many=True)
    subtotal = _money()
    tax_percent = _money()
    tax = _money("Rounded half up")
    total = _money()
    note = serializers.CharField(allow_blank=True)
    valid_until = serializers.RegexField(DAY, help_text="DD-MM-YYYY, server time zone; the last valid day")
    raised = serializers.RegexField(DATE)
    decided = serializers.RegexField(DATE, allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


class EstimateAnswerSerializer(Body):
    """The current estimate, or null."""

    Success = serializers.ChoiceField(choices=["True"])
    Status_code = serializers.ChoiceField(choices=["200"])
    Message = serializers.CharField(required=False, help_text="Only where there is no estimate")
    DATA = EstimateSerializer(allow_null=True)


class DecisionSerializer(Body):
    """A decision on an estimate."""

    ReferenceID = serializers.CharField(help_text="The `request_id`, or your own `repair_ref_no`")
    estimate_no = serializers.IntegerField(min_value=1)
    decision = serializers.ChoiceField([APPROVE, DECLINE])
    decided_by = serializers.CharField(max_length=MAX_NAME_LENGTH, help_text="Who decided")
    reason = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=MAX_DECISION_REASON_LENGTH,
        help_text="Required to decline",
    )


class DecidedSerializer(Body):
    """The decided estimate."""

    Success = serializers.ChoiceField(choices=["True"])
    Status_code = serializers.ChoiceField(choices=["200"])
    Message = serializers.ChoiceField(choices=list(MESSAGES.values()))
    DATA = EstimateSerializer()


DECISION = {
    "ReferenceID": "REP10001",
    "estimate_no": 1,
    "decision": APPROVE,
    "decided_by": "Asha Rao",
}
ESTIMATE_ANSWER = {"Success": "True", "Status_code": "200", "DATA": errors.EXAMPLE_ESTIMATE}
NONE_ANSWER = {"Success": "True", "Status_code": "200", "Message": representations.NO_ESTIMATE, "DATA": None}
APPROVED_ANSWER = {
    "Success": "True",
    "Status_code": "200",
    "Message": MESSAGES[True],
    "DATA": {
        **errors.EXAMPLE_ESTIMATE,
        "state": "approved",
        "decided": "24-11-2026 11:30:00",
        "decided_by": "Asha Rao",
    },
}
document(
    "estimates.views.EstimateView",
    get=describe(
        "estimate",
        TAG,
        "Read the current estimate",
        "What the repair would cost, and whether it waits for a decision.",
        parameters=[
            OpenApiParameter(
                "ReferenceID",
                str,
                required=True,
                description="The `request_id`, or your own `repair_ref_no`; case matters.",
            )
        ],
        answers={
            200: answer(
                EstimateAnswerSerializer, "The estimate.", Estimate=ESTIMATE_ANSWER, No_estimate=NONE_ANSWER
            )
        },
        errors=errors.TRACKING,
    ),
    post=describe(
        "estimate_decision",
        TAG,
        "Approve or decline an estimate",
        "Decides an estimate that waits. The same decision again is the same answer.",
        request=DecisionSerializer,
        example=DECISION,
        answers={200: answer(DecidedSerializer, "The decision was kept.", Approved=APPROVED_ANSWER)},
        errors=errors.DECISION,
    ),
)
