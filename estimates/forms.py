"""Reads decisions: the JSON body of a partner, the form of the approval page."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from partners.serializers import BodySerializer, TextField
from tracking.estimate_states import MAX_DECISION_REASON_LENGTH, MAX_NAME_LENGTH

APPROVE, DECLINE = "approve", "decline"
INVALID_DECISION = "Invalid decision"


class NumberField(serializers.IntegerField):
    """A number of an estimate; 0, which no estimate has, for a text that is none."""

    def run_validation(self, data: Any = serializers.empty) -> int:
        """Raises ValidationError if the value is missing or is neither number nor text."""
        text = TextField().run_validation(data)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


class VerdictField(serializers.ChoiceField):
    """`approve` or `decline`."""

    def run_validation(self, data: Any = serializers.empty) -> str:
        """Raises ValidationError if the value is missing or another."""
        text = TextField().run_validation(data)
        if text not in self.choices:
            raise serializers.ValidationError(f"Use one of: {', '.join(self.choices)}.")
        return text


class DecisionSerializer(BodySerializer):
    """A decision on an estimate."""

    messages = {"decision": INVALID_DECISION}

    ReferenceID = TextField(help_text="The `request_id`, or your own `repair_ref_no`")
    estimate_no = NumberField(min_value=1)
    decision = VerdictField([APPROVE, DECLINE])
    decided_by = TextField(one_line=True, max_length=MAX_NAME_LENGTH, help_text="Who decided")
    reason = TextField(
        one_line=True,
        required=False,
        allow_null=True,
        max_length=MAX_DECISION_REASON_LENGTH,
        help_text="Required to decline",
    )

    def to_internal_value(self, data: Mapping[str, Any]) -> Any:
        """Requires a reason to decline."""
        self.fields["reason"].required = str(data.get("decision")).strip() == DECLINE
        return super().to_internal_value(data)


class LinkDecisionSerializer(DecisionSerializer):
    """The form of the approval page, whose link names the estimate."""

    ReferenceID = None  # type: ignore[assignment] # so DRF drops a field of the parent
    estimate_no = None  # type: ignore[assignment]
