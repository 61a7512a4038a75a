"""Everything that staff see: lists, order pages, dashboard, exports, partners, users, keys."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The operations desk."""

    name = "desk"
