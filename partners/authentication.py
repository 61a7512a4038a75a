"""The two authentication classes of partners (docs/contract.md section 2), one query each.

`request.user` becomes a `Caller`: what a request needs of user, key and partner, and no more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from partners import api_keys
from partners.models import ApiKey
from partners.tokens import INVALID_TOKEN, InvalidTokenError, access_claims
from warrantify import sql

INVALID_KEY = "Invalid or missing API key"

# `last_used_at` is for people; writing it at each request would double the queries.
LAST_USED_EVERY = timedelta(hours=1)

TOKEN_SCHEMES = ("bearer", "jwt")

_FIND_USER = """SELECT u.password, u.partner_id, p.is_active, p.is_sandbox
    FROM partners_user u LEFT JOIN partners_partner p ON p.id = u.partner_id
    WHERE u.id = %s AND u.is_active"""

# The columns of `_Key`. A right prefix with a wrong secret finds nothing, as an unknown prefix does, so
# that no time tells them apart; which bytes of a SHA-256 differ from another's is nobody's to choose.
_FIND_KEY = """SELECT k.id, k.expires_at, k.revoked_at, k.last_used_at,
        k.partner_id, p.is_active, p.is_sandbox
    FROM partners_apikey k JOIN partners_partner p ON p.id = k.partner_id
    WHERE k.prefix = %s AND k.digest = %s"""


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
            claims = access_claims(text)
        except InvalidTokenError:
            raise AuthenticationFailed(INVALID_TOKEN) from None
        found = sql.read(_FIND_USER, [claims.user_id])
        if not found or not claims.proves(found[0][0]):
            raise AuthenticationFailed(INVALID_TOKEN)
        [(_, partner_id, partner_is_active, is_sandbox)] = found
        if partner_id is None:
            raise PermissionDenied
        if not partner_is_active:
            raise AuthenticationFailed(INVALID_TOKEN)
        return Caller(partner_id, is_sandbox, user_id=claims.user_id), None

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
        prefix = api_keys.prefix_of(text)
        if prefix is None:
            raise AuthenticationFailed(INVALID_KEY)
        found = sql.read(_FIND_KEY, [prefix, api_keys.digest(text)])
        now = timezone.now()
        if not found or not (key := _Key(*found[0])).is_usable(now):
            raise AuthenticationFailed(INVALID_KEY)
        if key.last_used_at is None or now - key.last_used_at > LAST_USED_EVERY:
            _note_use(key.pk, now)
        return Caller(key.partner_id, key.is_sandbox, api_key_id=key.pk), None

    def authenticate_header(self, request: Request) -> str:
        """The challenge that goes with a 401."""
        return 'ApiKey realm="warrantify"'


class _Key(NamedTuple):
    pk: int
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    partner_id: int
    partner_is_active: bool
    is_sandbox: bool

    def is_usable(self, now: datetime) -> bool:
        is_open = self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
        return is_open and self.partner_is_active


def _note_use(pk: int, now: datetime) -> None:
    # The condition keeps simultaneous requests from writing it twice.
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    ApiKey.objects.filter(stale, pk=pk).update(last_used_at=now)
