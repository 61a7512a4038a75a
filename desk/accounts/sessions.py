"""Sessions and second factors of staff: how long they last, whose they are, and how they end."""

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet

from partners.models import User

BEGAN, SEEN = "began", "seen"  # in the session, Unix seconds
NOTE_EVERY = 60  # seconds between two notes of when a session was last seen


def begin(session: SessionBase) -> None:
    """Notes when a session was authenticated."""
    session[BEGAN] = session[SEEN] = int(time.time())


def is_over(session: SessionBase) -> bool:
    """Whether the session has been idle, or has lasted, for too long."""
    now = time.time()
    idle_seconds = settings.SESSION_IDLE_MINUTES * 60
    is_idle = bool(idle_seconds) and now - session.get(SEEN, now) >= idle_seconds
    return is_idle or bool(now - session.get(BEGAN, now) >= settings.SESSION_COOKIE_AGE)


def note_seen(session: SessionBase) -> bool:
    """Notes that the session is in use; returns False if that was noted less than a minute ago."""
    now = int(time.time())
    if BEGAN in session and now - session.get(SEEN, 0) < NOTE_EVERY:
        return False
    session.setdefault(BEGAN, now)
    session[SEEN] = now
    return True


def of(user: User) -> "QuerySet[UserSession]":
    """The sessions of a user, the latest first."""
    UserSession.objects.purge_and_list(user)
    found: QuerySet[UserSession] = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    return found


def end_all(user: User, *, but: str | None = None) -> int:
    """Ends all sessions of a user except the one with the key `but`; returns how many ended."""
    ended = 0
    for session in UserSession.objects.filter(user=user).exclude(session_key=but or ""):
        session.end()
        ended += 1
    return ended


def reset_factor(user: User) -> int:
    """Forgets app, keys and recovery codes of a user and ends the sessions; returns how many factors."""
    factors = Authenticator.objects.filter(user=user)
    count: int = factors.exclude(type=Authenticator.Type.RECOVERY_CODES).count()
    factors.delete()
    end_all(user)
    return count


def log_factor(what: str, user: User, authenticator: Authenticator, **_: Any) -> None:
    """For django-allauth's signals: a change of one's own second factors, in the history of staff."""
    sentence = f"{what} a second factor: {authenticator.get_type_display()}."
    LogEntry.objects.log_actions(user.pk, [user], CHANGE, sentence)


def on_login(sender: object, request: Any, **kwargs: Any) -> None:
    """Django's signal `user_logged_in`."""
    begin(request.session)


def on_user_saved(sender: object, instance: User, **kwargs: Any) -> None:
    """Django's signal `post_save`: a deactivated user, or one without the desk, has no session."""
    if not (instance.is_active and instance.is_staff):
        end_all(instance)
