"""Log-ins with a password, at the token endpoint and at the desk: counted, limited, locked out.

In this order, so that an attack costs us as little as possible: the rate limits (cache), the lock-out (one
read), a free place for computing a password hash, the hash, and after a failure one row that is written over.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db.models import Case, F, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone

from partners.models import FailedLogin, User
from warrantify.http.errors import TooManyRequestsError
from warrantify.http.limits import take
from warrantify.http.network import client_network
from warrantify.http.paths import API_PREFIX
from warrantify.text import UNPRINTABLE

MAX_USERNAME_LENGTH = 150
BUSY_SECONDS = 1.0

# A hash takes about 0.1 s of a core: one thread of the process computes, one waits, the others serve orders.
_places = BoundedSemaphore(2)
_turn = Lock()


def count_attempt(request: HttpRequest, username: str) -> None:
    """Counts a log-in at the desk under the limits of `POST token/`; raises TooManyRequestsError."""
    count_address(request)
    take("login", login_caller(username, client_network(request)))


def count_address(request: HttpRequest) -> None:
    """Counts a log-in at the desk that names no user; raises TooManyRequestsError."""
    take("login_ip", client_network(request))


def login_caller(username: str, address: str) -> str:
    """Who the limit `login` counts: a user name, tried from one address."""
    return f"{username}\n{address}"


class PasswordBackend(ModelBackend):
    """Django's backend behind the lock-out and with few hashes at a time."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The active user whose password it is, else None.

        Raises TooManyRequestsError while `username` is locked for this address, and while other
        log-ins occupy the process.
        """
        if not username or password is None or _is_impossible(username):
            return None
        if request is None:  # nobody calls from outside
            return super().authenticate(request, username, password)
        address = client_network(request)
        _refuse_locked(username, address)
        with _place_for_a_hash():
            user = super().authenticate(request, username, password)
        if user is None:
            _note_failure(request, username, address)
            _refuse_locked(username, address)
        else:
            FailedLogin.objects.filter(username=username, address=address).delete()
        return user


def unlock(username: str) -> int:
    """Forgets the failed log-ins of a user name; returns from how many addresses they came."""
    deleted, _ = FailedLogin.objects.filter(username=username).delete()
    return deleted


def _is_impossible(username: str) -> bool:
    return len(username) > MAX_USERNAME_LENGTH or UNPRINTABLE.search(username) is not None


def _lock_outs(now: datetime) -> "QuerySet[FailedLogin]":
    since = now - timedelta(minutes=settings.LOGIN_LOCKOUT_MINUTES)
    return FailedLogin.objects.filter(failures__gte=settings.LOGIN_FAILURE_LIMIT, last_at__gt=since)


def _refuse_locked(username: str, address: str) -> None:
    now = timezone.now()
    if not settings.LOGIN_FAILURE_LIMIT:
        return
    locked = _lock_outs(now).filter(username=username, address=address)
    last_at = locked.values_list("last_at", flat=True).first()
    if last_at is not None:
        end = last_at + timedelta(minutes=settings.LOGIN_LOCKOUT_MINUTES)
        raise TooManyRequestsError((end - now).total_seconds())


def _note_failure(request: HttpRequest, username: str, address: str) -> None:
    now = timezone.now()
    is_api = request.path_info.startswith(API_PREFIX)
    row = FailedLogin(username=username, address=address, first_at=now, last_at=now)
    FailedLogin.objects.bulk_create([row], ignore_conflicts=True)
    # What is older than a lock-out lasts is forgotten: counting begins anew.
    is_old = When(last_at__lte=now - timedelta(minutes=settings.LOGIN_LOCKOUT_MINUTES), then=Value(1))
    FailedLogin.objects.filter(username=username, address=address).update(
        failures=Case(is_old, default=F("failures") + 1),
        last_at=now,
        door=FailedLogin.Door.TOKEN if is_api else FailedLogin.Door.DESK,
    )


@contextmanager
def _place_for_a_hash() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise TooManyRequestsError(BUSY_SECONDS)
    try:
        with _turn:
            yield
    finally:
        _places.release()
