"""What a poll would show, pushed."""

from datetime import timedelta

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Listens to tracking, delivers through the outbox, and has the worker look after webhooks."""

    name = "webhooks"

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from outbox import handlers, periodic
        from partners.models import Partner
        from tracking.signals import tracking_changed
        from warrantify.observability.metrics import DATABASE_REGISTRY
        from webhooks import checks, events, health, metrics, sandbox, services  # noqa: F401 (checks register themselves)
        from webhooks.delivery import WebhookHandler

        handlers.register(WebhookHandler())
        tracking_changed.connect(events.follow, dispatch_uid="webhooks.follow")
        post_save.connect(services.follow_partner, sender=Partner, dispatch_uid="webhooks.follow_partner")
        periodic.register("webhook health", health.check, every=timedelta(minutes=1))
        periodic.register("webhook events past their age", events.prune)
        periodic.register("sandbox webhooks", sandbox.push, every=sandbox.EVERY)
        DATABASE_REGISTRY.register(metrics.WebhookCollector())
