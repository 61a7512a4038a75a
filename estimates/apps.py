"""What a repair costs, and who approves it."""

from django.apps import AppConfig


class EstimatesConfig(AppConfig):
    """The app; listens to tracking, mails through the outbox, and tells webhooks of sandbox estimates."""

    name = "estimates"

    def ready(self) -> None:
        from estimates import receivers, sandbox  # noqa: F401 (receivers connect themselves)
        from estimates.notices import ApprovalMail
        from outbox import handlers
        from webhooks.sandbox import register_estimates

        handlers.register(ApprovalMail())
        register_estimates(sandbox.current)
