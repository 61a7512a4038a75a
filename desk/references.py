"""Finds the orders that a pasted list names: request IDs or references, as people write them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from desk import order_queries
from repairs import search
from repairs.models import RepairOrder


@dataclass(slots=True)
class Named:
    """What a pasted list names: orders, references that several orders have, and what no order has."""

    orders: list[RepairOrder] = field(default_factory=list)
    ambiguous: dict[str, list[RepairOrder]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def find(pasted: Iterable[str]) -> Named:
    """The orders of these entries. An entry with spaces is one reference, or several beside each other."""
    pasted = list(pasted)
    known: dict[str, list[RepairOrder]] = defaultdict(list)
    for order in order_queries.listed(pasted).order_by("partner__name", "pk"):
        for name in {search.key(order.request_id), search.key(order.repair_ref_no)}:
            known[name].append(order)
    named = Named()
    for entry in pasted:
        words = [entry] if search.key(entry) in known else entry.split()
        if not any(search.key(word) in known for word in words):
            named.unknown.append(entry)
            continue
        for word in words:
            orders = _best(word, known.get(search.key(word), []))
            if len(orders) > 1:
                named.ambiguous[word] = orders
            elif orders:
                named.orders.append(orders[0])
            else:
                named.unknown.append(word)
    named.orders = list({order.pk: order for order in named.orders}.values())
    return named


def _best(word: str, orders: list[RepairOrder]) -> list[RepairOrder]:
    """The order with this request ID, else those with exactly this reference, else all."""
    by_id = [order for order in orders if order.request_id == word.upper()]
    return by_id or [order for order in orders if order.repair_ref_no == word] or orders
