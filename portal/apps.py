"""What partners' developers read: OpenAPI document, explorer, guide."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The app."""

    name = "portal"

    def ready(self) -> None:
        """Attaches the descriptions of the endpoints to their views."""
        from portal.openapi import credentials, estimates, orders, tracking, webhooks  # noqa: F401
