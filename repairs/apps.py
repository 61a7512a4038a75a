"""Repair orders: the two ways in, and what is kept of them."""

from django.apps import AppConfig


class RepairsConfig(AppConfig):
    """Adds what the database knows to the metrics, and the summary mail to the outbox."""

    name = "repairs"

    def ready(self) -> None:
        from outbox import handlers
        from repairs import metrics
        from repairs.bulk.summary_email import SummaryMail
        from warrantify.observability.metrics import DATABASE_REGISTRY

        DATABASE_REGISTRY.register(metrics.OrdersCollector())
        handlers.register(SummaryMail())
