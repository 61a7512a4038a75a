"""Validates decisions: the JSON body of a partner, the form of the approval page."""

from collections.abc import Mapping
from typing import NamedTuple

from repairs.fields import INVALID, MISSING
from tracking.estimate_states import MAX_DECISION_REASON_LENGTH, MAX_NAME_LENGTH
from warrantify.http.errors import DomainError
from warrantify.text import REQUIRED, BadTextError, read_text

APPROVE, DECLINE = "approve", "decline"
INVALID_DECISION = "Invalid decision"

# With several breaches the answer's `Message` is the first of these.
MESSAGE_ORDER = (MISSING, INVALID_DECISION, INVALID)

MAX_LENGTHS = {"decided_by": MAX_NAME_LENGTH, "reason": MAX_DECISION_REASON_LENGTH}


class DecisionValues(NamedTuple):
    """A valid decision; `reason` is empty where an approval has none."""

    decision: str
    decided_by: str
    reason: str

    @property
    def approves(self) -> bool:
        """Whether it approves."""
        return self.decision == APPROVE


class BodyValues(NamedTuple):
    """The body of `POST claim/estimate/`; `estimate_no` as text."""

    reference: str
    estimate_no: str
    decision: DecisionValues


def read_body(body: Mapping[str, object]) -> BodyValues:
    """Returns the valid values of a body.

    Raises DomainError (400): `Errors` names every wrong member, `Message` is the first of MESSAGE_ORDER.
    """
    reader = _Reader(body)
    reference, estimate_no = reader.text("ReferenceID"), reader.text("estimate_no")
    decision = reader.decision()
    reader.raise_errors()
    return BodyValues(reference, estimate_no, decision)


def read_decision(form: Mapping[str, object]) -> DecisionValues:
    """Returns the decision of a form; raises as `read_body`."""
    reader = _Reader(form)
    decision = reader.decision()
    reader.raise_errors()
    return decision


class _Reader:
    """Reads members by name and collects what is wrong with them."""

    def __init__(self, body: Mapping[str, object]) -> None:
        self.body = body
        self.errors: dict[str, list[str]] = {}
        self.breaches: set[str] = set()

    def decision(self) -> DecisionValues:
        decision = self.text("decision", message=INVALID_DECISION)
        if decision not in ("", APPROVE, DECLINE):
            self._blame("decision", INVALID_DECISION, f"Use one of: {APPROVE}, {DECLINE}.")
        decided_by = self.text("decided_by", one_line=True)
        reason = self.text("reason", required=decision == DECLINE, one_line=True)
        return DecisionValues(decision, decided_by, reason)

    def text(
        self, name: str, *, required: bool = True, message: str = INVALID, one_line: bool = False
    ) -> str:
        """Returns the member's text; `message` is the sentence of the answer if it is wrong."""
        try:
            text = read_text(self.body.get(name), one_line=one_line)
        except BadTextError as error:
            self._blame(name, message, str(error))
            return ""
        limit = MAX_LENGTHS.get(name)
        if not text and required:
            self._blame(name, MISSING, REQUIRED)
        elif limit is not None and len(text) > limit:
            self._blame(name, message, f"Ensure this field has no more than {limit} characters.")
        return text

    def raise_errors(self) -> None:
        if self.errors:
            message = next(message for message in MESSAGE_ORDER if message in self.breaches)
            raise DomainError(message, self.errors)

    def _blame(self, name: str, message: str, reason: str) -> None:
        self.errors[name] = [reason]
        self.breaches.add(message)
