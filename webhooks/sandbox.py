"""Pushes what the clock does to orders of sandbox partners.

Nobody records these statuses, so the worker looks every few seconds which have come since. The events of
an order are numbered by the statuses it has reached: two workers that look at once store each once.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from tracking import queries, sandbox
from tracking.signals import TRACKING_UPDATED
from tracking.snapshots import Head
from tracking.times import whole_second
from webhooks import events
from webhooks.events import NewEvent
from webhooks.models import Event, Webhook

EVERY = timedelta(seconds=3)
# After a pause of all workers, orders of so long ago are caught up with.
LOOK_BACK = timedelta(hours=24)


def push() -> None:
    """Stores the events of statuses that sandbox orders have reached since the last look."""
    now = timezone.now()
    by_partner: defaultdict[int, list[Webhook]] = defaultdict(list)
    for webhook in Webhook.objects.filter(partner__is_sandbox=True, partner__is_active=True):
        by_partner[webhook.partner_id].append(webhook)
    if not by_partner:
        return
    plans = queries.plans()
    for partner_id, webhooks in by_partner.items():
        heads = queries.heads_created(partner_id, now - LOOK_BACK)
        told = _told([head.request_id for head in heads])
        for head in heads:
            _push(head, plans, told.get(head.request_id, 0), webhooks, now)


def _told(request_ids: Sequence[str]) -> dict[str, int]:
    """The last sequence stored of each order."""
    stored = Event.objects.filter(request_id__in=request_ids).order_by()
    return dict(stored.values_list("request_id").annotate(Max("sequence")))


def _push(head: Head, plans: sandbox.Plans, told: int, webhooks: Sequence[Webhook], now: datetime) -> None:
    reached = sandbox.play(head, plans, now)
    for number in range(told + 1, len(reached.events) + 1):
        moment = reached.events[number - 1].occurred_at
        present = [webhook for webhook in webhooks if whole_second(webhook.created_at) <= moment]
        if not present:  # it happened before there was anyone to tell
            continue
        tracked = sandbox.play(head, plans, moment)
        try:
            with transaction.atomic():
                events.store(present, tracked, [NewEvent(TRACKING_UPDATED, number, {})])
        except IntegrityError:  # another worker was faster
            return
