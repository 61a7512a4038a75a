"""An order's estimates, as its page and its row in the list show them."""

from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from estimates.amounts import Totals, grouped
from estimates.models import Estimate
from repairs.models import RepairOrder
from tracking.estimate_states import UNDECIDED, EstimateState, rupees, shown_state
from tracking.models import OrderTracking

CSS = {
    EstimateState.RAISED: "us",
    EstimateState.AWAITING_APPROVAL: "approval",
    EstimateState.APPROVED: "done",
    EstimateState.DECLINED: "late",
    EstimateState.EXPIRED: "expired",
    EstimateState.SUPERSEDED: "revoked",
}


class Card(NamedTuple):
    """An estimate with its state as of today."""

    estimate: Estimate
    state: EstimateState
    css: str
    sums: dict[str, str]


def cards(order: RepairOrder) -> list[Card]:
    """The order's estimates, newest first."""
    estimates = Estimate.objects.filter(order=order).select_related("raised_by").prefetch_related("lines")
    return [_card(estimate) for estimate in estimates.order_by("-number")]


def _card(estimate: Estimate) -> Card:
    state = shown_state(estimate.state, estimate.valid_until, timezone.localdate())
    return Card(estimate, state, CSS[state], sums_of(estimate.totals()))


def sums_of(totals: Totals) -> dict[str, str]:
    """Subtotal, tax and total by name."""
    return {name: money(amount) for name, amount in totals._asdict().items()}


def money(amount: Decimal) -> str:
    """`12,34,567.00`."""
    return grouped(f"{amount:.2f}")


def summary(tracking: OrderTracking | None) -> tuple[str, EstimateState, str] | None:
    """Total, state and last valid day of the current estimate, from the tracking row alone."""
    if tracking is None or tracking.estimate_valid_until is None or tracking.estimate_state is None:
        return None
    state = shown_state(tracking.estimate_state, tracking.estimate_valid_until, timezone.localdate())
    total = grouped(rupees(tracking.estimate_total_paise or 0))
    return total, state, f"{tracking.estimate_valid_until:%d-%m-%Y}"


def cell(tracking: OrderTracking | None) -> SafeString:
    """The summary in a list's cell; empty if there is no estimate."""
    found = summary(tracking)
    if found is None:
        return SafeString()
    total, state, valid_until = found
    until = f", until {valid_until}" if state in UNDECIDED else ""
    return format_html('<small class="desk-below">INR {}, {}{}</small>', total, state.label, until)
