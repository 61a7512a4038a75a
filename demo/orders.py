"""Invented orders and histories, for trying out and for measuring; the same seed, the same orders.

Names, numbers and addresses are made up; e-mail domains are reserved ones.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from demo.names import DEVICES, FIRST_NAMES, ISSUES, LAST_NAMES, PLACES, STREETS
from repairs.models import RepairOrder
from tracking.models import PROPOSED, Workflow, WorkflowStep

# How often a step is taken; those not named always are.
TAKEN = {
    "customer not in location": 0.1,
    "pickup done": 0.25,
    "estimation raised": 0.2,
    "verified date": 0.15,
    "reached service centre": 0.35,
    "part demanded": 0.2,
    "awaiting approval": 0.2,
    "approved": 0.2,
    "handed over to ASP": 0.1,
    "part allocated": 0.15,
    "part received": 0.15,
    "technician visit": 0.2,
    "devicecollectedfromasp": 0.1,
    "device collected from ASP": 0.1,
    "diagnosis complete": 0.5,
    "Servicer visit": 0.1,
}
MEAN_HOURS = 9
CUSTOMER = """
    partner_id customer_name customer_mobile customer_email address_line1 city state pincode asset_type make
    model imei_no centre_city size
""".split()  # noqa: SIM905 (fifteen lines as a list)


class Demo:
    """Invents orders and histories from one seeded source of chance, up to the moment `now`."""

    def __init__(self, seed: int, now: datetime, partner_ids: Sequence[int]) -> None:
        self.random = random.Random(seed)  # noqa: S311 (no secret)
        self.now = now
        self.partner_ids = partner_ids
        workflows = Workflow.objects.prefetch_related("steps")
        self.steps = {workflow.code: list(workflow.steps.all()) for workflow in workflows}
        self._known: list[RepairOrder] = []

    def times(self, how_many: int, days: int) -> list[datetime]:
        """Returns sorted moments of the last `days` days, most of them in working hours."""
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        return sorted(self._moment(midnight, days) for _ in range(how_many))

    def _moment(self, midnight: datetime, days: int) -> datetime:
        second = min(86_399, max(0, int(self.random.gauss(13.5, 3.5) * 3600)))
        moment = midnight - timedelta(days=self.random.randrange(days)) + timedelta(seconds=second)
        # What would be later today is moved to one of the days before.
        return moment if moment < self.now else moment - timedelta(days=self.random.randrange(1, 8))

    def order(self, request_id: str, created_at: datetime) -> RepairOrder:
        """Returns an order; one in thirty is for a device that came before."""
        chance = self.random
        order = RepairOrder(request_id=request_id, created_at=created_at, client_name="Demo")
        if self._known and chance.random() < 0.03:
            known = chance.choice(self._known)
            for name in CUSTOMER:
                setattr(order, name, getattr(known, name))
        else:
            self._give_customer(order)
            self._known = [*self._known[-200:], order] if chance.random() < 0.01 else self._known
        uploaded = chance.random() < 0.4
        order.source = RepairOrder.Source.UPLOAD if uploaded else RepairOrder.Source.API
        kinds = ("Onsite", "Offsite") if uploaded else ("Home", "Pickup", "Walk-in")
        order.engagement_type = chance.choice(kinds)
        order.repair_ref_no = f"{chance.choice('ABCDEFGH')}R-{request_id[8:]}"
        order.issue = chance.choice(ISSUES[order.asset_type])
        return order

    def _give_customer(self, order: RepairOrder) -> None:
        chance = self.random
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        city, order.state, pin = chance.choice(PLACES)
        order.city = order.centre_city = city
        order.asset_type, order.make, order.model, order.size = chance.choice(DEVICES)
        order.partner_id = chance.choice(self.partner_ids)
        order.customer_name = f"{first} {last}"
        order.customer_mobile = f"{chance.choice('6789')}{chance.randrange(10**9):09d}"
        order.customer_email = f"{first}.{last}{chance.randrange(1000)}@example.com".lower()
        order.address_line1 = f"{chance.randrange(1, 400)}, {chance.choice(STREETS)}"
        order.pincode = f"{pin}{chance.randrange(1, 100):03d}"
        order.imei_no = f"{chance.randrange(35 * 10**13, 36 * 10**13)}"

    def history(self, order: RepairOrder) -> list[tuple[WorkflowStep, datetime]]:
        """Returns steps with their times, oldest first; none for an order that still waits."""
        chance = self.random
        if self.now - order.created_at < timedelta(hours=chance.expovariate(1 / 6)):
            return []
        flow = "no_part" if chance.random() < 0.2 else PROPOSED[order.engagement_type]
        pace = chance.expovariate(1 / MEAN_HOURS) + (90 if chance.random() < 0.01 else 2)
        at = order.created_at.replace(microsecond=0)
        reached: list[tuple[WorkflowStep, datetime]] = []
        for step in self._path(self.steps[flow]):
            if at >= self.now:
                break
            reached.append((step, at))
            at += timedelta(seconds=int(chance.expovariate(1 / pace) * 3600) + 60)
        return reached

    def _path(self, steps: Sequence[WorkflowStep]) -> Iterator[WorkflowStep]:
        visit = next(step for step in steps if step.numbered)
        for step in steps:
            if self.random.random() < TAKEN.get(step.code, 1):
                yield step
                if step.code == "customer not in location":  # so they come again
                    yield visit
