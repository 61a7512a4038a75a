"""What operators watch of the outbox, read at each scrape."""

from collections.abc import Iterator
from typing import Any

from django.db import Error
from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from outbox.handlers import kinds
from outbox.models import Message

State = Message.State


class OutboxCollector(Collector):
    """Messages that wait and dead letters by kind; nothing while the database is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """prometheus_client's hook."""
        try:
            found = {row["destination__kind"]: row for row in _rows()}
        except Error:
            return
        depth = GaugeMetricFamily("warrantify_outbox_depth", "Messages that wait.", labels=["kind"])
        age = GaugeMetricFamily(
            "warrantify_outbox_age_seconds",
            "Age of the oldest that waits and is not held up by a failing or paused destination.",
            labels=["kind"],
        )
        failed = GaugeMetricFamily("warrantify_outbox_failed", "Messages given up.", labels=["kind"])
        now = timezone.now()
        for kind in kinds():
            row = found.get(kind, {"depth": 0, "oldest": None, "failed": 0})
            depth.add_metric([kind], row["depth"])
            age.add_metric([kind], (now - row["oldest"]).total_seconds() if row["oldest"] else 0)
            failed.add_metric([kind], row["failed"])
        yield from (depth, age, failed)


def _rows() -> list[dict[str, Any]]:
    pending = Q(state=State.PENDING)
    moving = Q(destination__is_paused=False, destination__failing_since=None)
    unsettled = Message.objects.filter(state__in=[State.PENDING, State.FAILED]).order_by()
    rows = unsettled.values("destination__kind").annotate(
        depth=Count("pk", filter=pending),
        oldest=Min("created_at", filter=pending & moving),
        failed=Count("pk", filter=Q(state=State.FAILED)),
    )
    return [dict(row) for row in rows]
