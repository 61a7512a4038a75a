"""What must be sent and never lost."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Adds the outbox to the metrics, and to the worker what it does from time to time."""

    name = "outbox"

    def ready(self) -> None:
        from outbox import handlers, metrics, periodic, queue
        from outbox.mails import NoticeMail
        from partners.clean_up import clean_up
        from warrantify.observability.metrics import DATABASE_REGISTRY

        DATABASE_REGISTRY.register(metrics.OutboxCollector())
        handlers.register(NoticeMail())
        periodic.register("prune the outbox", queue.prune)
        periodic.register("clean up", clean_up)
