"""What a repair costs, and who approves it."""

from django.apps import AppConfig


class EstimatesConfig(AppConfig):
    """The app; listens to tracking, and sends its mails through the outbox."""

    name = "estimates"

    def ready(self) -> None:
        """Models are loaded by now."""
        from estimates import receivers
        from estimates.notices import ApprovalMail
        from outbox import handlers

        receivers.connect()
        handlers.register(ApprovalMail())
