"""The service's rules for django-allauth, by the hooks that it has for them."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from desk.accounts.single_sign_on import RefusedError, claims_of, grant, rights_of
from partners.logins import count_attempt
from partners.models import User
from warrantify.http.network import client_ip

WRONG = "Please enter the user name and password of a staff account. Both fields may be case-sensitive."


def refusal(request: HttpRequest, reason: str, status: int = 403) -> HttpResponse:
    """The page for somebody who cannot log in."""
    return render(request, "account/refused.html", {"reason": reason}, status=status)


class AccountAdapter(DefaultAccountAdapter):
    """Log-ins under the limits of `partners.logins`, for staff alone; nobody signs up."""

    error_messages = {**DefaultAccountAdapter.error_messages, "username_password_mismatch": WRONG}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raises TooManyRequestsError. The library's own limit would let one address lock out all others."""
        count_attempt(request, credentials.get("username", ""))

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Refuses everybody but staff, by whichever way they log in."""
        if not user.is_staff:
            return refusal(request, "This account has no access to the desk.")
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that limits are counted by; 0.0.0.0 where the client has none (a Unix socket)."""
        try:
            return str(ip_address(client_ip(request)))
        except ValueError:
            return "0.0.0.0"  # noqa: S104

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """All but "signed in as" and "signed out", which the next page shows anyway."""
        template = args[0] if args else kwargs.get("message_template")
        if template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(request, level, *args, **kwargs)


class FactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors encrypted."""

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())


def _fernet() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [sha256(f"second factors\n{secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Creates users at their first log-in, and sets their groups from the provider at every one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuses tokens of another issuer and people without rights, and sets the groups of known ones."""
        user = sociallogin.user if sociallogin.is_existing else None
        try:
            rights = rights_of(claims_of(sociallogin))
        except RefusedError as error:
            if isinstance(user, User):
                grant(user, None)
            raise ImmediateHttpResponse(refusal(request, str(error))) from error
        if isinstance(user, User):
            grant(user, rights)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Creates a user; an existing account of the same name or e-mail address is never taken over."""
        user: User = super().save_user(request, sociallogin, form)
        grant(user, rights_of(claims_of(sociallogin)))
        return user
