"""Pages about one's own account, a superuser's about other accounts, and single sign-on."""

import logging
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from requests import RequestException

from desk.accounts import sessions
from desk.accounts.adapters import refusal
from desk.base import View, action, clerk, counted, log, page
from partners.logins import count_address
from partners.models import User

logger = logging.getLogger(__name__)


def account(request: HttpRequest) -> HttpResponse:
    """Password, second factor and sessions of whoever is logged in."""
    return _page(request, clerk(request), "Your account")


def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """Ends one of one's own sessions."""
    get_object_or_404(UserSession, pk=number, user=clerk(request)).end()
    messages.success(request, "Ended the session.")
    return redirect("desk_account")


def end_others(request: HttpRequest) -> HttpResponse:
    """Ends one's own sessions but this one."""
    count = sessions.end_all(clerk(request), but=request.session.session_key)
    messages.success(request, f"Ended {counted(count, 'other session')}.")
    return redirect("desk_account")


def user_access(request: HttpRequest, pk: int) -> HttpResponse:
    """Sessions and second factor of a member of staff, for superusers."""
    user = _other(request, pk)
    return _page(request, user, f"Access of {user}")


def end_sessions_of(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends all sessions of a member of staff."""
    user = _other(request, pk)
    return _done(request, user, f"Ended {counted(sessions.end_all(user), 'session')}.")


def reset_factor_of(request: HttpRequest, pk: int) -> HttpResponse:
    """Forgets a lost second factor: the next log-in asks for the password alone."""
    user = _other(request, pk)
    count = sessions.reset_factor(user)
    return _done(request, user, f"Reset the second factor ({count}) and ended all sessions.")


def limited(view: View) -> View:
    """Limits a way in without a password per address, as each request creates a session."""

    @wraps(view)
    def limiting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        count_address(request)
        return view(request, *args, **kwargs)

    return limiting


@limited
def sign_on(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Redirects to the provider of single sign-on."""
    try:
        answer: HttpResponse = openid_connect.login(request, provider_id)
    except (RequestException, KeyError, ValueError) as error:  # no answer, or not a provider's
        logger.warning("The provider of single sign-on does not answer: %s", type(error).__name__)
        return refusal(request, "Single sign-on does not answer at the moment.", status=503)
    return answer


def refused(request: HttpRequest) -> HttpResponse:
    """The page after single sign-on was cancelled or failed."""
    return refusal(request, "Single sign-on was not completed.")


def _page(request: HttpRequest, user: User, title: str) -> HttpResponse:
    factors = Authenticator.objects.filter(user=user).order_by("pk")
    context = {
        "person": user,
        "is_own": user.pk == request.user.pk,
        "sessions": sessions.of(user),
        "current": request.session.session_key,
        "factors": factors.exclude(type=Authenticator.Type.RECOVERY_CODES),
    }
    return page(request, "desk/account.html", title, User, **context)


def _other(request: HttpRequest, pk: int) -> User:
    if not request.user.is_superuser:
        raise PermissionDenied
    return get_object_or_404(User, pk=pk)


def _done(request: HttpRequest, user: User, what: str) -> HttpResponse:
    log(request, what, user)
    messages.success(request, what)
    return redirect("desk_user_access", user.pk)


def _wrapped(route: str, view: View, name: str) -> URLPattern:
    return path(route, admin.site.admin_view(view), name=name)


urlpatterns = [
    _wrapped("", account, "desk_account"),
    _wrapped("sessions/<int:number>/end/", action(end_session), "desk_end_session"),
    _wrapped("sessions/end-others/", action(end_others), "desk_end_others"),
    _wrapped("users/<int:pk>/", user_access, "desk_user_access"),
    _wrapped("users/<int:pk>/end-sessions/", action(end_sessions_of), "desk_user_end_sessions"),
    _wrapped("users/<int:pk>/reset-factor/", action(reset_factor_of), "desk_user_reset_factor"),
]
