"""Everything that staff see: lists, order pages, dashboard, exports, partners, users, keys."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save


class DeskConfig(AppConfig):
    """The operations desk."""

    name = "desk"

    def ready(self) -> None:
        """Starts the clock of sessions, and ends those of deactivated users."""
        from desk.accounts import history, sessions
        from partners.models import User

        user_logged_in.connect(sessions.on_login)
        post_save.connect(sessions.on_user_saved, sender=User)
        history.connect()
