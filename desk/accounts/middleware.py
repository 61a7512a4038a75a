"""Ends sessions in time, and requires a second factor where the settings say so."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from desk.accounts import sessions
from warrantify.http.middleware import GetResponse


class StaffSessions:
    """Ends sessions that were idle or lasted too long, and leads to setting up a second factor."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if getattr(request, "is_desk", False) and request.user.is_authenticated:
            if sessions.is_over(request.session):
                logout(request)
            elif _lacks_factor(request):
                messages.warning(request, "Set up a second factor to work at the desk.")
                return redirect("mfa_index")
            elif sessions.note_seen(request.session):
                UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _lacks_factor(request: HttpRequest) -> bool:
    if settings.STAFF_MFA != "required" or _is_exempt(request.path):
        return False
    # A provider of single sign-on asks for its own second factor.
    records = get_authentication_records(request, request.user)
    is_signed_on = any(record["method"] == "socialaccount" for record in records)
    return not is_signed_on and not is_mfa_enabled(request.user)


def _is_exempt(path: str) -> bool:
    """Pages by which one sets up a factor, changes the password, or leaves."""
    return path.startswith(reverse("desk_account")) or path in (
        reverse("admin:logout"),
        reverse("admin:password_change"),
        reverse("admin:password_change_done"),
        reverse("admin:jsi18n"),
    )
