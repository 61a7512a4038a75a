"""Invented orders with histories and estimates, as rows by column; the same seed, the same orders.

Names, numbers and addresses are made up; e-mail domains are reserved ones.
"""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db.models import Max, Model

from demo.names import DEVICES, FIRST_NAMES, LAST_NAMES, NOTES, PARTS, PLACES, SELDOM, STREETS
from estimates.amounts import totals
from estimates.models import Estimate, EstimateLine
from repairs.models import RepairOrder
from tracking.estimate_states import APPROVED, AWAITING, RAISED, EstimateState
from tracking.models import PROPOSED, OrderTracking, TrackingEvent, Workflow, WorkflowStep

Row = dict[str, Any]
Path = list[tuple[WorkflowStep, timedelta, Row]]  # each step's time after the order, and its event
TABLES: list[type[Model]] = [RepairOrder, OrderTracking, TrackingEvent, Estimate, EstimateLine]
ADDED_LATER = timedelta(minutes=4)  # between what happened and its entry
PATHS = 1000  # of each workflow, which its orders share
TAX_PERCENT = Decimal(18)


class Demo:
    """Adds what it invents to `rows`, from one seeded source of chance, up to the moment `now`."""

    def __init__(self, seed: int, now: datetime, partners: Sequence[int], clerks: Sequence[int]) -> None:
        self.random = random.Random(seed)  # noqa: S311 (no secret)
        self.now, self.partners, self.clerks = now, partners, clerks
        self.rows: dict[type[Model], list[Row]] = {model: [] for model in TABLES}
        last = {model: model._default_manager.aggregate(last=Max("pk"))["last"] or 0 for model in TABLES}
        self._keys = {model: count(key + 1) for model, key in last.items()}
        self._paths = {
            workflow.code: [self._path(list(workflow.steps.all())) for _ in range(PATHS)]
            for workflow in Workflow.objects.prefetch_related("steps")
        }
        self._known: list[Row] = []

    def add_order(self, request_id: str, at: datetime) -> None:
        """One order in thirty is for a device that came before; the newest have no history yet."""
        chance, key = self.random, next(self._keys[RepairOrder])
        customer = chance.choice(self._known) if self._known and chance.random() < 0.03 else self.customer()
        if chance.random() < 0.01:
            self._known = [*self._known[-200:], customer]
        source, *engagements = chance.choice((("upload", "Onsite", "Offsite"), ("api", "Home", "Walk-in")))
        reference = f"{chance.choice('ABCDEFGH')}R-{request_id[8:]}"
        order = customer | {"id": key, "request_id": request_id, "repair_ref_no": reference, "created_at": at}
        order |= {"source": source, "engagement_type": chance.choice(engagements), "client_name": "Demo"}
        self.rows[RepairOrder].append(order)
        if self.now - at > timedelta(hours=chance.expovariate(1 / 6)):
            order["started_at"] = at + ADDED_LATER
            self._add_history(order)

    def customer(self) -> Row:
        """A customer of one of the partners, with a device and a complaint."""
        chance = self.random
        first, last, street = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES), chance.choice(STREETS)
        city, state, pin = chance.choice(PLACES)
        asset_type, make, model, size, *issues = chance.choice(DEVICES)
        return {
            **{"partner_id": chance.choice(self.partners), "customer_name": f"{first} {last}"},
            "customer_mobile": str(int((6 + 4 * chance.random()) * 10**9)),
            "customer_email": f"{first}.{last}{int(1000 * chance.random())}@example.com".lower(),
            **{"address_line1": f"{int(400 * chance.random()) + 1}, {street}", "city": city, "state": state},
            **{"pincode": f"{pin}{int(100 * chance.random()):03d}", "centre_city": city},
            **{"asset_type": asset_type, "make": make, "model": model, "size": size},
            **{"imei_no": str(int((35 + chance.random()) * 10**13)), "issue": chance.choice(issues)},
        }

    def _path(self, steps: Sequence[WorkflowStep]) -> Path:
        chance, after, visits = self.random, timedelta(), Counter[str]()
        clerk = chance.choice(self.clerks)
        pace = chance.expovariate(1 / 9) + (90 if chance.random() < 0.01 else 2)
        left_out = () if chance.random() < 0.2 else (RAISED, AWAITING, APPROVED)
        usual = [step for step in steps if step.code not in left_out]
        taken = [step for step in usual if step.code not in SELDOM or chance.random() < 0.2]
        for place, step in enumerate(taken):
            if step.code == "customer not in location":  # so they come again
                taken.insert(place + 1, taken[place - 1])
        path = []
        for step in taken:
            visits[step.code] += step.numbered
            note = chance.choice(NOTES) if chance.random() < 0.3 else ""
            event = {"step_id": step.pk, "visit": visits[step.code] or None, "recorded_by_id": clerk}
            path.append((step, after, event | {"source": "admin", "note": note}))
            after += timedelta(seconds=int(chance.expovariate(1 / pace) * 3600) + 60)
        return path

    def _add_history(self, order: Row) -> None:
        chance, events, keys = self.random, self.rows[TrackingEvent], self._keys[TrackingEvent]
        flow = "no_part" if chance.random() < 0.2 else PROPOSED[order["engagement_type"]]
        before, at = len(events), dict[str, datetime]()
        for here, after, event in chance.choice(self._paths[flow]):
            since = order["created_at"] + after
            if since >= self.now:
                break
            step, at[here.code] = here, since
            own = {"id": next(keys), "tracking_id": order["id"], "occurred_at": since}
            events.append({**event, **own, "recorded_at": since + ADDED_LATER})
        last = events[-1]
        tracking = {"order_id": order["id"], "partner_id": order["partner_id"], "is_closed": step.terminal}
        tracking |= {"workflow_id": step.workflow_id, "current_step_id": step.pk}
        tracking |= {"current_since": last["occurred_at"], "changed_at": last["recorded_at"]}
        tracking |= {"current_event_id": last["id"], "version": len(events) - before}
        self.rows[OrderTracking].append(tracking)
        if RAISED in at:
            self._add_estimate(tracking, at, step.code)

    def _add_estimate(self, tracking: Row, at: dict[str, datetime], here: str) -> None:
        """An estimate of one line; of those that still wait for approval, some are declined."""
        state, decided = EstimateState.RAISED, None
        if APPROVED in at:
            state, decided = EstimateState.APPROVED, at[APPROVED]
        elif here == AWAITING:
            waits = (EstimateState.AWAITING_APPROVAL, None)
            state, decided = self.random.choice((waits, waits, (EstimateState.DECLINED, at[AWAITING])))
        is_declined = state == EstimateState.DECLINED
        valid_until = (at[RAISED] + timedelta(days=7)).date()
        price = Decimal(self.random.randrange(900, 15000, 50))
        paise, key = totals([price], TAX_PERCENT).paise, next(self._keys[Estimate])
        tracking |= {"estimate_no": 1, "estimate_state": state, "estimate_total_paise": paise}
        tracking |= {"estimate_valid_until": valid_until, "waiting_on_override": "us" if is_declined else ""}
        line = {"estimate_id": key, "position": 1, "kind": "part", "description": self.random.choice(PARTS)}
        line |= {"id": next(self._keys[EstimateLine]), "quantity": Decimal(1), "unit_price": price}
        estimate = {"id": key, "order_id": tracking["order_id"], "number": 1, "state": state}
        estimate |= {"total_paise": paise, "tax_percent": TAX_PERCENT, "valid_until": valid_until}
        estimate |= {"raised_at": at[RAISED], "waiting_since": at.get(AWAITING)}
        if decided:
            estimate |= {"decided_at": decided, "decided_by": "Asha Rao", "decided_through": "api"}
            estimate |= {"reason": "Too expensive" if is_declined else ""}
        self.rows[EstimateLine].append(line)
        self.rows[Estimate].append(estimate)
