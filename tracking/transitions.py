"""What may happen next, and the sentences of what may not (docs/contract.md section 6).

The steps themselves, which of them repeat and which end, are rows that a migration adds.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone

from repairs.models import RepairOrder
from tracking.models import OrderTracking, WorkflowStep
from tracking.times import whole_second, wire_date
from warrantify.text import BadTextError, read_text

CREATED = "created"


class TrackingError(Exception):
    """A refused change; its message is a sentence for a clerk and names what is allowed instead."""


def allowed_of(all_steps: Iterable[WorkflowStep], tracking: OrderTracking) -> list[WorkflowStep]:
    """Those of `all_steps`, of all workflows, that may be recorded now, in order; none after `delivered`."""
    steps = [step for step in all_steps if step.workflow_id == tracking.workflow_id]
    here = next(step for step in steps if step.pk == tracking.current_step_id)
    if here.terminal:
        return []
    return [step for step in steps if step.position > here.position or step.repeatable]


def allowed_step(tracking: OrderTracking, code: str, steps: Sequence[WorkflowStep]) -> WorkflowStep:
    """The step of that code; raises TrackingError where it may not be recorded now.

    `steps` are those of all workflows.
    """
    allowed = allowed_of(steps, tracking)
    for step in allowed:
        if step.code == code:
            return step
    here, workflow = tracking.current_step.code, tracking.workflow
    if not allowed:
        raise TrackingError(f'Nothing follows "{here}". If that is a mistake, void it first.')
    if code not in {step.code for step in steps if step.workflow_id == workflow.pk}:
        reason = f'"{code}" is no status of the {workflow}.'
    elif code == CREATED:
        reason = already_started(tracking.order)
    elif code == here:
        reason = f'The order stands at "{code}" already, which is not repeated.'
    else:
        reason = f'"{code}" comes before "{here}" in the {workflow}, and the order cannot go back to it.'
    raise TrackingError(f"{reason} Allowed next: {quoted(step.code for step in allowed)}.")


def event_time(tracking: OrderTracking, at: datetime | None) -> datetime:
    """`at`, or now, to the whole second; raises TrackingError before the last event or in the future."""
    now = timezone.now()
    occurred_at = whole_second(at or now)
    if occurred_at > now:
        raise TrackingError(
            f"{wire_date(occurred_at)} is in the future. Give a time up to now, {wire_date(now)}."
        )
    if occurred_at < tracking.current_since:
        since = wire_date(tracking.current_since)
        raise TrackingError(
            f'{wire_date(occurred_at)} is before "{tracking.current_step}" of {since}. '
            f"Give a time from {since} on."
        )
    return occurred_at


def already_started(order: RepairOrder) -> str:
    """The sentence for who would start twice."""
    return f"Tracking of {order} has started already."


def clean_text(text: str, name: str, limit: int) -> str:
    """`text` trimmed and on one line; raises TrackingError past `limit` characters."""
    try:
        text = read_text(text, one_line=True)
    except BadTextError:
        raise TrackingError(f"The {name} contains characters that cannot be stored.") from None
    if len(text) > limit:
        raise TrackingError(f"The {name} may have up to {limit} characters.")
    return text


def quoted(codes: Iterable[str]) -> str:
    """The codes as a sentence lists them."""
    return ", ".join(f'"{code}"' for code in codes)
