"""Pushes what the clock does to orders of sandbox partners.

Nobody records these statuses, so the worker looks every few seconds which have come since. An order's
events follow from its creation and from what the partner decided, so each has one number: two workers
that look at once store it once.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from tracking import queries, sandbox
from tracking.signals import ESTIMATE_UPDATED, TRACKING_UPDATED
from tracking.snapshots import Head, Tracked
from tracking.times import whole_second
from webhooks import events
from webhooks.events import NewEvent, Subscription
from webhooks.models import Event, Webhook

EVERY = timedelta(seconds=3)
# After a pause of all workers, what began so long ago is caught up with.
LOOK_BACK = timedelta(hours=24)

EstimateOf = Callable[[Tracked], dict[str, Any] | None]
_estimates: list[EstimateOf] = []


def register_estimates(estimate_of: EstimateOf) -> None:
    """Has the app above say what the estimate of an order is, as `estimate.updated` shows it."""
    _estimates[:] = [estimate_of]


def push() -> None:
    """Stores the events of what sandbox orders have reached since the last look."""
    now = timezone.now()
    partners = Webhook.objects.filter(partner__is_sandbox=True, partner__is_active=True)
    webhooks = events.of_partners(set(partners.values_list("partner_id", flat=True)))
    plans = queries.plans() if webhooks else {}
    for partner_id, of_partner in webhooks.items():
        heads = queries.sandbox_heads(partner_id, now - LOOK_BACK, now)
        told = _told([head.request_id for head in heads])
        for head in heads:
            _push(head, plans, told.get(head.request_id, 0), of_partner, now)


def _told(request_ids: Sequence[str]) -> dict[str, int]:
    """The last number stored of each order."""
    stored = Event.objects.filter(request_id__in=request_ids).order_by()
    return dict(stored.values_list("request_id").annotate(Max("sequence")))


def _push(
    head: Head, plans: sandbox.Plans, told: int, webhooks: Sequence[Subscription], now: datetime
) -> None:
    for moment, new in _changes(head, plans, now):
        present = [webhook for webhook in webhooks if whole_second(webhook.created_at) <= moment]
        untold = [event for event in new if event.sequence > told]
        if not present or not untold:  # it happened before there was anyone to tell, or was told
            continue
        try:
            with transaction.atomic():
                events.store(untold, {head.partner_id: present}, now)
        except IntegrityError:  # another worker was faster
            return


def _changes(head: Head, plans: sandbox.Plans, now: datetime) -> Iterator[tuple[datetime, list[NewEvent]]]:
    """Each change up to `now` with its time and its events."""
    sequence = 0
    shown: tuple[int | None, str | None] = (None, None)
    for moment in _moments(head, plans, now):
        is_decided = head.decision is not None and head.decision.decided_at <= moment
        order = sandbox.play(head if is_decided else head._replace(decision=None), plans, moment)
        new = [NewEvent(order, TRACKING_UPDATED, sequence + 1, {})]
        estimate = (order.head.estimate_no, order.head.estimate_state)
        if estimate != shown:
            members = {"estimate": _estimates[0](order)} if _estimates else {}
            new.append(NewEvent(order, ESTIMATE_UPDATED, sequence + 2, members))
        shown = estimate
        sequence += len(new)
        yield moment, new


def _moments(head: Head, plans: sandbox.Plans, now: datetime) -> list[datetime]:
    """When the order changed: at each status, and at the decision, which is one with `approved`."""
    times = [event.occurred_at for event in sandbox.play(head, plans, now).events]
    if head.decision is None or head.decision.decided_at > now:
        return times
    decided_at = head.decision.decided_at
    return sorted({decided_at, *(time for time in times if time != whole_second(decided_at))})
