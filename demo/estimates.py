"""Invents estimates for orders whose history has a status `estimation raised`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from demo.orders import Demo
from estimates.amounts import totals
from estimates.models import Estimate, EstimateLine
from tracking.estimate_states import APPROVED, AWAITING, RAISED, EstimateState
from tracking.models import OrderTracking, WorkflowStep

History = Sequence[tuple[WorkflowStep, datetime]]
Invented = tuple[Estimate, list[EstimateLine]]

TAX_PERCENT = Decimal(18)
PARTS = (
    ("Battery", 2450),
    ("Screen", 8900),
    ("Keyboard", 3200),
    ("Charging port", 1150),
    ("Mainboard", 14500),
)
NAMES = ("Asha Rao", "Imran Khan", "Kavita Nair", "Rahul Mehta")
REASONS = ("Too expensive", "The customer buys a new device", "Another workshop is cheaper")


def give(demo: Demo, tracked: Iterable[tuple[OrderTracking, History]]) -> Iterator[Invented]:
    """Yields new estimates with their lines, unsaved, and shows each on its tracking row."""
    for tracking, history in tracked:
        at = {step.code: moment for step, moment in history}
        if RAISED in at:
            yield _estimate(demo, tracking, history[-1][0].code, at)


def save(invented: Sequence[Invented]) -> None:
    """Stores them."""
    Estimate.objects.bulk_create(estimate for estimate, _ in invented)
    EstimateLine.objects.bulk_create(line for _, lines in invented for line in lines)


def _estimate(demo: Demo, tracking: OrderTracking, here: str, at: Mapping[str, datetime]) -> Invented:
    chance = demo.random
    estimate = Estimate(
        order_id=tracking.order_id,
        number=1,
        tax_percent=TAX_PERCENT,
        valid_until=(at[RAISED] + timedelta(days=7)).date(),
        raised_at=at[RAISED],
        waiting_since=at.get(AWAITING),
    )
    lines = _lines(demo, estimate)
    estimate.total_paise = totals((line.amount for line in lines), TAX_PERCENT).paise
    if APPROVED in at:
        _decide(demo, estimate, EstimateState.APPROVED, at[APPROVED])
    elif here == AWAITING and chance.random() < 0.25:
        _decide(demo, estimate, EstimateState.DECLINED, at[AWAITING])
        estimate.reason = chance.choice(REASONS)
        tracking.waiting_on_override = WorkflowStep.WaitingOn.US
    elif here == AWAITING:
        estimate.state = EstimateState.AWAITING_APPROVAL
    tracking.estimate_no = estimate.number
    tracking.estimate_state = estimate.state
    tracking.estimate_total_paise = estimate.total_paise
    tracking.estimate_valid_until = estimate.valid_until
    return estimate, lines


def _lines(demo: Demo, estimate: Estimate) -> list[EstimateLine]:
    part, price = demo.random.choice(PARTS)
    hours = Decimal(demo.random.randint(1, 6)) / 2
    return [
        EstimateLine(
            estimate=estimate,
            position=1,
            kind=EstimateLine.Kind.PART,
            description=part,
            quantity=Decimal(1),
            unit_price=Decimal(price),
        ),
        EstimateLine(
            estimate=estimate,
            position=2,
            kind=EstimateLine.Kind.LABOUR,
            description="Fitting and test, hours",
            quantity=hours,
            unit_price=Decimal(700),
        ),
    ]


def _decide(demo: Demo, estimate: Estimate, state: EstimateState, at: datetime) -> None:
    estimate.state = state
    estimate.decided_at = at
    estimate.decided_by = demo.random.choice(NAMES)
    estimate.decided_through = Estimate.Door.API
