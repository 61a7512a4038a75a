"""Invented orders with histories, for trying out and for measuring; the same seed, the same orders.

Names, numbers and addresses are made up; e-mail domains are reserved ones.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from demo.names import DEVICES, FIRST_NAMES, ISSUES, LAST_NAMES, PLACES, STREETS
from tracking.models import PROPOSED, Workflow, WorkflowStep

Row = dict[str, Any]

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
ADDED_LATER = timedelta(minutes=4)  # between what happened and its entry


class Demo:
    """Draws orders and histories from one seeded source of chance, up to the moment `now`."""

    def __init__(self, seed: int, now: datetime, partner_ids: Sequence[int], user_ids: Sequence[int]) -> None:
        self.random = random.Random(seed)  # noqa: S311 (no secret)
        self.now = now
        self.partner_ids = partner_ids
        self.user_ids = user_ids
        self.steps: dict[str, list[WorkflowStep]] = {
            workflow.code: list(workflow.steps.all())
            for workflow in Workflow.objects.prefetch_related("steps")
        }
        self._recent: list[Row] = []

    def times(self, how_many: int, days: int) -> list[datetime]:
        """Sorted moments of the last `days` days, most of them at working hours."""
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        return sorted(self._moment(midnight, days) for _ in range(how_many))

    def _moment(self, midnight: datetime, days: int) -> datetime:
        second = min(86_399, max(0, int(self.random.gauss(13.5, 3.5) * 3600)))
        moment = midnight - timedelta(days=self.random.randrange(days)) + timedelta(seconds=second)
        # What would still lie before us today has happened on one of the last days instead.
        return moment if moment < self.now else moment - timedelta(days=self.random.randrange(1, 8))

    def order(self, pk: int, request_id: str, created_at: datetime) -> Row:
        """An order's columns; one in thirty is for a device that came before."""
        chance = self.random
        again = self._recent and chance.random() < 0.03
        kept = chance.choice(self._recent) if again else self._customer_with_device()
        if chance.random() < 0.01:
            self._recent = [*self._recent[-200:], kept]
        uploaded = chance.random() < 0.4
        return {
            **kept,
            "id": pk,
            "request_id": request_id,
            "repair_ref_no": f"{chance.choice('ABCDEFGH')}R-{pk:08d}",
            "issue": chance.choice(ISSUES[kept["asset_type"]]),
            "source": "upload" if uploaded else "api",
            "engagement_type": chance.choice(
                ("Onsite", "Offsite") if uploaded else ("Home", "Pickup", "Walk-in")
            ),
            "created_at": created_at,
        }

    def _customer_with_device(self) -> Row:
        chance = self.random
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        city, state, pin = chance.choice(PLACES)
        asset_type, make, models, sizes = chance.choice(DEVICES)
        return {
            "partner_id": chance.choice(self.partner_ids),
            "client_name": "Demo",
            "customer_name": f"{first} {last}",
            "customer_mobile": f"{chance.choice('6789')}{chance.randrange(10**9):09d}",
            "customer_email": f"{first}.{last}{chance.randrange(1000)}@example.com".lower(),
            "address_line1": f"{chance.randrange(1, 400)}, {chance.choice(STREETS)}",
            "city": city,
            "state": state,
            "pincode": f"{pin}{chance.randrange(1, 100):03d}",
            "asset_type": asset_type,
            "make": make,
            "model": chance.choice(models),
            "imei_no": f"{chance.randrange(35 * 10**13, 36 * 10**13)}",
            "centre_city": city,
            "size": chance.choice(sizes),
        }

    def history(self, order: Row) -> list[tuple[WorkflowStep, datetime]]:
        """Steps with their times, oldest first; empty for an order that nobody has taken up."""
        chance = self.random
        if self.now - order["created_at"] < timedelta(hours=chance.expovariate(1 / 6)):
            return []
        flow = "no_part" if chance.random() < 0.2 else PROPOSED[order["engagement_type"]]
        pace = chance.expovariate(1 / MEAN_HOURS) + (90 if chance.random() < 0.01 else 2)
        at = order["created_at"].replace(microsecond=0)
        reached: list[tuple[WorkflowStep, datetime]] = []
        for step in self._path(self.steps[flow]):
            if at >= self.now - ADDED_LATER:
                break
            reached.append((step, at))
            at += timedelta(seconds=int(chance.expovariate(1 / pace) * 3600) + 60)
        return reached

    def _path(self, steps: Sequence[WorkflowStep]) -> Iterator[WorkflowStep]:
        at_door = next(step for step in steps if step.numbered)
        for step in steps:
            if self.random.random() < TAKEN.get(step.code, 1):
                yield step
                if step.code == "customer not in location":  # so they come again
                    yield at_door
