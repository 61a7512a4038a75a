"""What must be sent and never lost."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Adds the outbox to the metrics, and its pruning to the worker's periodic work."""

    name = "outbox"

    def ready(self) -> None:
        """Models are loaded by now."""
        from outbox import handlers, metrics, periodic, queue
        from outbox.mails import NoticeMail

        metrics.register()
        handlers.register(NoticeMail())
        periodic.register("prune the outbox", queue.prune)
