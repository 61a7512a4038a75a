"""Everything that staff see: lists, order pages, dashboard, exports, partners, users, keys."""

from functools import partial

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save


class DeskConfig(AppConfig):
    """The operations desk."""

    name = "desk"

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added, authenticator_removed

        from desk import erasure
        from desk.accounts import sessions
        from desk.models import prune
        from partners.clean_up import cleaning_up
        from partners.models import User
        from tracking.signals import customers_erased

        user_logged_in.connect(sessions.on_login)
        post_save.connect(sessions.on_user_saved, sender=User)
        authenticator_added.connect(partial(sessions.log_factor, "Added"), weak=False)
        authenticator_removed.connect(partial(sessions.log_factor, "Removed"), weak=False)
        customers_erased.connect(erasure.erase)
        cleaning_up.connect(prune)
