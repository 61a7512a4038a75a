"""Finds the orders that a pasted list names: request IDs or references, as people write them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from desk import order_queries
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
    known = _known(name for entry in pasted for word in (entry, *entry.split()) for name in _spellings(word))
    named = Named()
    for entry in pasted:
        words = [entry] if _orders_of(entry, known) else entry.split()
        if not any(_orders_of(word, known) for word in words):
            named.unknown.append(entry)
            continue
        for word in words:
            orders = _orders_of(word, known)
            if len(orders) > 1:
                named.ambiguous[word] = orders
            elif orders:
                named.orders.append(orders[0])
            else:
                named.unknown.append(word)
    named.orders = list({order.pk: order for order in named.orders}.values())
    return named


def _spellings(entry: str) -> list[str]:
    """The entry as written, in capitals, and without its spaces."""
    squeezed = entry.replace(" ", "")
    return list(dict.fromkeys((entry, entry.upper(), squeezed, squeezed.upper())))


def _known(names: Iterable[str]) -> dict[str, list[RepairOrder]]:
    wanted = set(names)
    known: dict[str, list[RepairOrder]] = defaultdict(list)
    orders = order_queries.referred_to(wanted).order_by("partner__name", "pk")
    for order in orders.select_related("partner", "tracking__current_step", "tracking__workflow"):
        for name in {order.request_id, order.repair_ref_no} & wanted:
            known[name].append(order)
    return known


def _orders_of(entry: str, known: dict[str, list[RepairOrder]]) -> list[RepairOrder]:
    """A request ID names its order; a reference all orders that have it in the first known spelling."""
    for name in _spellings(entry):
        for order in known.get(name, ()):
            if order.request_id == name:
                return [order]
        if name in known:
            return known[name]
    return []
