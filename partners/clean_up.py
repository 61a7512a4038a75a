"""Deletes what has run out: refresh tokens, sessions, failed log-ins. The worker does so once an hour."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.dispatch import Signal
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from partners.models import FailedLogin

FAILED_LOGINS_KEPT = timedelta(days=7)
MAX_FAILED_LOGINS = 20_000  # the newest; more are an attack from very many addresses
CHUNK = 1_000

# Sent by each run: the apps above delete what has run out of theirs.
cleaning_up = Signal()


class CleanedUp(NamedTuple):
    """How many rows of each kind were deleted."""

    tokens: int
    sessions: int
    failed_logins: int


def clean_up() -> CleanedUp:
    """Deletes expired refresh tokens, expired sessions and old failed log-ins, in short transactions."""
    now = timezone.now()
    cleaning_up.send(sender=None)
    return CleanedUp(
        # Their entries in the blacklist go with them.
        tokens=_delete(OutstandingToken.objects.filter(expires_at__lte=now)),
        sessions=_delete_sessions(now),
        failed_logins=_delete(FailedLogin.objects.filter(last_at__lte=_oldest_kept())),
    )


def _delete_sessions(now: datetime) -> int:
    count = _delete(Session.objects.filter(expire_date__lte=now))
    _delete(UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")))
    return count


def _oldest_kept() -> datetime:
    since = timezone.now() - FAILED_LOGINS_KEPT
    newest = FailedLogin.objects.order_by("-last_at").values_list("last_at", flat=True)
    surplus = newest[MAX_FAILED_LOGINS : MAX_FAILED_LOGINS + 1].first()
    return max(since, surplus) if surplus else since


def _delete(rows: "QuerySet[Any]") -> int:
    """Deletes in chunks, so that neither memory nor a lock grows with the table; returns how many."""
    total = 0
    while keys := list(rows.order_by().values_list("pk", flat=True)[:CHUNK]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        total += len(keys)
    return total
