"""Repair orders: the two ways in, and what is kept of them."""

from django.apps import AppConfig


class RepairsConfig(AppConfig):
    """Adds what the database knows to the metrics."""

    name = "repairs"

    def ready(self) -> None:
        """Models are loaded by now."""
        from repairs import metrics

        metrics.register()
