"""Changes of one's own second factors in the history of staff."""

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry

from partners.models import User


def on_added(sender: object, user: User, authenticator: Authenticator, **_: Any) -> None:
    """django-allauth's signal `authenticator_added`."""
    _write(user, f"Added a second factor: {authenticator.get_type_display()}.")


def on_removed(sender: object, user: User, authenticator: Authenticator, **_: Any) -> None:
    """django-allauth's signal `authenticator_removed`."""
    _write(user, f"Removed a second factor: {authenticator.get_type_display()}.")


def connect() -> None:
    """Listens to django-allauth."""
    signals.authenticator_added.connect(on_added)
    signals.authenticator_removed.connect(on_removed)


def _write(user: User, what: str) -> None:
    LogEntry.objects.log_actions(user.pk, [user], CHANGE, what)
