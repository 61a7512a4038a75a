"""Refuses a change that was decided on a page which is no longer true.

A page shows an order at a version of its tracking (0: not started) and sends that version back.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import QuerySet

from repairs.models import RepairOrder
from tracking.models import OrderTracking, TrackingEvent, WorkflowChange
from tracking.times import wire_date
from tracking.transitions import TrackingError

NOT_STARTED = 0


class StaleError(TrackingError):
    """The order has moved on since the page was opened; the message says who did what, and when."""


def version_of(tracking: OrderTracking | None) -> int:
    """The version that a page about this order sends back."""
    return NOT_STARTED if tracking is None else tracking.version


def require(order: RepairOrder, version: int) -> None:
    """Locks the order within the caller's transaction; raises StaleError unless it is at `version`."""
    for sentence in lock({order.pk: version}).values():
        raise StaleError(sentence)


def lock(versions: Mapping[int, int]) -> dict[int, str]:
    """Locks these orders; returns for each that is at another version the sentence why it is refused.

    Tracking rows first, then orders without one, each by rising key, so that two callers never
    deadlock. Use it within a transaction.
    """
    found = {row.pk: row for row in _trackings(versions).select_for_update()}
    untracked = [pk for pk in versions if pk not in found]
    if untracked:
        orders = RepairOrder.objects.filter(pk__in=untracked).order_by("pk")
        list(orders.select_for_update(no_key=True).values_list("pk"))
        # Another clerk started one of them before we got the lock.
        found |= {row.pk: row for row in _trackings(untracked)}
    return {
        pk: moved_on(found[pk], version)
        for pk, version in versions.items()
        if version != version_of(found.get(pk)) and pk in found
    }


def moved_on(tracking: OrderTracking, version: int) -> str:
    """What happened to the order since `version`, as a sentence."""
    changes = _changes(tracking)[-max(tracking.version - version, 1) :]
    happened = "; ".join(f"{what} on {wire_date(at)}" for at, what in changes)
    return f"The order has changed since this page was opened: {happened}. Nothing was recorded now."


def _trackings(pks: Iterable[int]) -> QuerySet[OrderTracking]:
    return OrderTracking.objects.filter(pk__in=list(pks)).order_by("pk")


def _changes(tracking: OrderTracking) -> list[tuple[datetime, str]]:
    """All changes of the order in the order in which they were made."""
    events = tracking.events.select_related("step", "recorded_by", "voided_by")
    moves = tracking.workflow_changes.select_related("chosen", "changed_by")
    recorded = [(event.recorded_at, f'{_who(event)} recorded "{event.step}"') for event in events]
    voided = [
        (event.voided_at, f'{event.voided_by} voided "{event.step}"') for event in events if event.voided_at
    ]
    moved = [(move.changed_at, f"{_who(move)} moved it to the {move.chosen}") for move in moves]
    return sorted([*recorded, *voided, *moved])


def _who(change: TrackingEvent | WorkflowChange) -> str:
    user = change.recorded_by if isinstance(change, TrackingEvent) else change.changed_by
    return str(user or f"the {change.get_source_display()}")
