"""How partners see an estimate."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from estimates.amounts import plain, totals
from estimates.models import Estimate, EstimateLine
from tracking.estimate_states import CURRENCY, shown_state
from tracking.times import wire_date, wire_day

NO_ESTIMATE = "No estimate available"


def data(
    estimate: Estimate, lines: Sequence[EstimateLine] | None = None, *, public: bool = False
) -> dict[str, Any]:
    """Returns the `DATA` of docs/contract.md section 9. With `public`, for webhooks, no customer is named.

    `lines` are the lines of an estimate that is not stored.
    """
    if lines is None:
        lines = list(estimate.lines.all())
    sums = totals((line.amount for line in lines), estimate.tax_percent)
    return {
        "estimate_no": estimate.number,
        "state": shown_state(estimate.state, estimate.valid_until, timezone.localdate()).value,
        "currency": CURRENCY,
        "lines": [_line(line) for line in lines],
        "subtotal": str(sums.subtotal),
        "tax_percent": f"{estimate.tax_percent:.2f}",
        "tax": str(sums.tax),
        "total": str(sums.total),
        "note": estimate.note,
        "valid_until": wire_day(estimate.valid_until),
        "raised": wire_date(estimate.raised_at),
        "decided": wire_date(estimate.decided_at) if estimate.decided_at else None,
        "decided_by": _decided_by(estimate, public=public) or None,
        "reason": estimate.reason or None,
    }


def _line(line: EstimateLine) -> dict[str, str]:
    return {
        "kind": line.kind,
        "description": line.description,
        "quantity": plain(line.quantity),
        "unit_price": f"{line.unit_price:.2f}",
        "amount": str(line.amount),
    }


def _decided_by(estimate: Estimate, *, public: bool) -> str:
    if public and estimate.decided_through == Estimate.Door.CUSTOMER_LINK:
        return "customer"
    return estimate.decided_by
