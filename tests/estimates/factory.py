"""Estimates, raised by the service that production uses."""

from datetime import date

from estimates import drafts, services
from estimates.drafts import LineText
from estimates.models import Estimate
from partners.models import Partner
from repairs.models import RepairOrder
from tests.support.tracked_orders import ADMIN, make_order
from tracking import services as tracking_services

BATTERY = LineText("part", "Battery", "1", "2500")


def make_estimate(
    partner: Partner,
    *lines: LineText,
    reference: str = "REP10001",
    waiting: bool = True,
    valid_until: date | None = None,
) -> Estimate:
    """An estimate of a new order, with one battery unless `lines` say otherwise; waiting for a decision."""
    order = make_order(partner, reference)
    return raise_again(order, *lines, waiting=waiting, valid_until=valid_until)


def raise_again(
    order: RepairOrder, *lines: LineText, waiting: bool = True, valid_until: date | None = None
) -> Estimate:
    """The order's next estimate."""
    draft = drafts.read(lines or [BATTERY], valid_until=valid_until)
    estimate = services.raise_estimate(order, draft, source=ADMIN)
    if waiting:
        tracking_services.record(order, "awaiting approval", source=ADMIN)
    estimate.refresh_from_db()
    return estimate
