"""What a repair costs, and who approves it."""

from django.apps import AppConfig


class EstimatesConfig(AppConfig):
    """The app; listens to tracking."""

    name = "estimates"

    def ready(self) -> None:
        """Connects the receivers."""
        from estimates import receivers

        receivers.connect()
