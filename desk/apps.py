"""Everything that staff see: lists, order pages, dashboard, exports, partners, users, keys."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The operations desk."""

    name = "desk"

    def ready(self) -> None:
        """Joins the erasure of customers."""
        from desk import erasure  # noqa: F401
