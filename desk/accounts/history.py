"""Changes of second factors in the history of staff."""

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry

from partners.models import User


def write(by: int, user: User, what: str) -> None:
    """Writes into the history what the user with the ID `by` did to an account."""
    LogEntry.objects.log_actions(by, [user], CHANGE, what, single_object=True)


def connect() -> None:
    """Listens to django-allauth."""
    signals.authenticator_added.connect(_added)
    signals.authenticator_removed.connect(_removed)


def _added(sender: object, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    write(user.pk, user, f"Added a second factor: {authenticator.get_type_display()}.")


def _removed(sender: object, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    write(user.pk, user, f"Removed a second factor: {authenticator.get_type_display()}.")
