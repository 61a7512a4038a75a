"""The two ways partners prove who they are (CONTRACT section 2), one query each.

`request.user` becomes a `Caller`: what a request needs of user, key and partner, and no more.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from partners import keys
from partners.models import ApiKey, User
from partners.tokens import INVALID_TOKEN, AccessToken, InvalidTokenError, proves_password, user_id_of

INVALID_KEY = "Invalid or missing API key"

# `last_used_at` is for people; writing it at each request would double the queries.
LAST_USED_EVERY = timedelta(hours=1)

TOKEN_SCHEMES = ("bearer", "jwt")


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller of a partner endpoint."""

    partner_id: int
    is_sandbox: bool
    user_id: int | None = None
    api_key_id: int | None = None
    is_authenticated: ClassVar[bool] = True


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <JWT>`; `JWT <JWT>` and the bare token are accepted too."""

    def authenticate(self, request: Request) -> tuple[Caller, None]:
        """Raises AuthenticationFailed (401), and PermissionDenied (403) for a user without partner."""
        text = self._token_text(request.META.get("HTTP_AUTHORIZATION", ""))
        try:
            token = AccessToken(text)
            user_id = user_id_of(token)
        except InvalidTokenError:
            raise AuthenticationFailed(INVALID_TOKEN) from None
        user = (
            User.objects.filter(pk=user_id, is_active=True)
            .values_list("password", "partner_id", "partner__is_active", "partner__is_sandbox")
            .first()
        )
        if user is None or not proves_password(token, user[0]):
            raise AuthenticationFailed(INVALID_TOKEN)
        _, partner_id, partner_is_active, is_sandbox = user
        if partner_id is None:
            raise PermissionDenied
        if not partner_is_active:
            raise AuthenticationFailed(INVALID_TOKEN)
        return Caller(partner_id, is_sandbox, user_id=user_id), None

    def authenticate_header(self, request: Request) -> str:
        """The challenge that goes with a 401."""
        return 'Bearer realm="warrantify"'

    @staticmethod
    def _token_text(header: str) -> str:
        match header.split():
            case [token]:
                return token
            case [scheme, token] if scheme.lower() in TOKEN_SCHEMES:
                return token
        raise AuthenticationFailed(INVALID_TOKEN)


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-Key: <key>`."""

    def authenticate(self, request: Request) -> tuple[Caller, None]:
        """Raises AuthenticationFailed (401)."""
        text = request.META.get("HTTP_X_API_KEY", "")
        prefix = keys.prefix_of(text)
        if prefix is None:
            raise AuthenticationFailed(INVALID_KEY)
        api_key = (
            ApiKey.objects.filter(prefix=prefix)
            .select_related("partner")
            .only(
                "digest",
                "expires_at",
                "revoked_at",
                "last_used_at",
                "partner__is_active",
                "partner__is_sandbox",
            )
            .first()
        )
        # An unknown prefix is hashed and compared too, so that it takes as long as a known one.
        proven = keys.matches(text, api_key.digest if api_key else keys.NO_DIGEST)
        if api_key is None or not proven or not api_key.is_usable() or not api_key.partner.is_active:
            raise AuthenticationFailed(INVALID_KEY)
        self._note_use(api_key)
        return Caller(api_key.partner_id, api_key.partner.is_sandbox, api_key_id=api_key.pk), None

    def authenticate_header(self, request: Request) -> str:
        """The challenge that goes with a 401."""
        return 'ApiKey realm="warrantify"'

    @staticmethod
    def _note_use(api_key: ApiKey) -> None:
        now = timezone.now()
        if api_key.last_used_at is None or now - api_key.last_used_at > LAST_USED_EVERY:
            # The condition keeps simultaneous requests from writing it twice.
            stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
            ApiKey.objects.filter(stale, pk=api_key.pk).update(last_used_at=now)
