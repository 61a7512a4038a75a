"""The project as an app: its system checks and the `serve` command."""

from django.apps import AppConfig


class WarrantifyConfig(AppConfig):
    """Registers the checks and starts counting queries."""

    name = "warrantify"

    def ready(self) -> None:
        """Importing the module registers its checks."""
        from warrantify import checks  # noqa: F401
        from warrantify.observability import access_log

        access_log.watch_queries()
