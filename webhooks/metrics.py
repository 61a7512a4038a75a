"""What operators watch of webhooks, read at each scrape."""

from collections.abc import Iterator

from django.db import Error
from django.db.models import Count, Q
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from webhooks.models import Webhook

State = Webhook.State


class WebhookCollector(Collector):
    """Webhooks by state; nothing while the database is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """prometheus_client's hook."""
        is_failing = Q(state=State.ENABLED, destination__failing_since__isnull=False)
        try:
            counts = Webhook.objects.aggregate(
                enabled=Count("pk", filter=Q(state=State.ENABLED)),
                disabled=Count("pk", filter=Q(state=State.DISABLED)),
                suspended=Count("pk", filter=Q(state=State.SUSPENDED)),
                failing=Count("pk", filter=is_failing),
            )
        except Error:
            return
        gauge = GaugeMetricFamily(
            "warrantify_webhooks", "Webhooks by state; failing ones are enabled.", labels=["state"]
        )
        for state, count in counts.items():
            gauge.add_metric([state], count)
        yield gauge
