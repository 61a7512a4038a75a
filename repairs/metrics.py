"""What operators watch that only the database knows, read at each scrape."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import Error
from django.db.models import Sum
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from repairs.models import BulkUpload, DayCounter

ROW_COUNTS = ("uploaded", "duplicate", "invalid")


class OrdersCollector(Collector):
    """IDs used today and upload rows of the last day; only `up` while the database is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """prometheus_client's hook."""
        try:
            gauges = [_issued_today(), _rows_of_the_last_day()]
        except Error:
            gauges = []
        yield GaugeMetricFamily("warrantify_database_up", "Whether the database answers.", bool(gauges))
        yield from gauges


def _issued_today() -> GaugeMetricFamily:
    counter = DayCounter.objects.filter(day=timezone.localdate()).first()
    issued = counter.issued if counter else 0
    return GaugeMetricFamily("warrantify_request_ids_today", "Request IDs used today, of 10,000.", issued)


def _rows_of_the_last_day() -> GaugeMetricFamily:
    since = timezone.now() - timedelta(days=1)
    sums = BulkUpload.objects.filter(created_at__gte=since).aggregate(
        **{name: Sum(f"{name}_count", default=0) for name in ROW_COUNTS}
    )
    gauge = GaugeMetricFamily(
        "warrantify_upload_rows_last_day", "Rows uploaded in 24 hours, by outcome.", labels=["outcome"]
    )
    for name in ROW_COUNTS:
        gauge.add_metric([name], sums[name])
    return gauge
