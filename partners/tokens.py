"""JWTs: simplejwt's, strict about odd claims and able to outlive a change of the signing key."""

import hmac
import time
from functools import lru_cache
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.utils import get_md5_hash_password

INVALID_TOKEN = "Invalid or missing token"

MAX_USER_ID = 2**63 - 1
MAX_JTI_LENGTH = 255


class InvalidTokenError(Exception):
    """The token proves nothing: malformed, expired, forged, of another type, or blacklisted."""


class RotatingBackend(TokenBackend):
    """Signs with the current key and still accepts those that `JWT_PREVIOUS_SIGNING_KEYS` names."""

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The payload, verified by the current key or else by one of the previous ones."""
        try:
            return super().decode(token, verify)
        except TokenBackendExpiredToken:
            raise
        except TokenBackendError:
            for key in settings.JWT_PREVIOUS_SIGNING_KEYS:
                try:
                    return TokenBackend(self.algorithm, key).decode(token, verify)
                except TokenBackendError:
                    continue
            raise


@lru_cache(maxsize=1)
def _backend() -> RotatingBackend:
    return RotatingBackend(api_settings.ALGORITHM, settings.JWT_SIGNING_KEY)


class StrictToken:
    """Mixed into simplejwt's tokens: anything wrong with a text raises `InvalidTokenError`."""

    def __init__(self, token: str | None = None, verify: bool = True) -> None:
        try:
            super().__init__(token, verify)  # type: ignore[call-arg]
        # A signed token may still carry an `exp` of infinity or a list for a `jti`.
        except (TokenError, ValueError, TypeError, ArithmeticError, OSError) as error:
            raise InvalidTokenError from error

    def verify(self) -> None:
        """Also refuses an ID that the database could not look up."""
        jti = self.payload.get(api_settings.JTI_CLAIM)  # type: ignore[attr-defined]
        if not (isinstance(jti, str) and jti.isprintable() and len(jti) <= MAX_JTI_LENGTH):
            raise TokenError("Token has no usable id")
        super().verify()  # type: ignore[misc]

    def get_token_backend(self) -> RotatingBackend:
        """The backend that knows the previous keys."""
        return _backend()


class AccessToken(StrictToken, tokens.AccessToken):
    """A short-lived proof of who calls."""


class RefreshToken(StrictToken, tokens.RefreshToken):
    """Exchanged, once, for a new pair. Stored only when it is used up, so that no stored token works."""

    access_token_class = AccessToken  # type: ignore[assignment]

    @classmethod
    def for_user(cls, user: Any) -> Self:
        """A new token. Its library's own version would store it whole."""
        return super(tokens.BlacklistMixin, cls).for_user(user)


class Claims(NamedTuple):
    """The claims of a verified token: user, password hash, expiry (Unix time)."""

    user_id: int
    password_mark: str
    expires: int

    def proves(self, password_hash: str) -> bool:
        """Whether the token was issued under the user's present password."""
        mark = get_md5_hash_password(password_hash)
        return hmac.compare_digest(self.password_mark.encode(errors="replace"), mark.encode())


def claims_of(token: AccessToken | RefreshToken) -> Claims:
    """The claims of a verified token; raises InvalidTokenError if its user is not an ID."""
    user_id = str(token.get(api_settings.USER_ID_CLAIM))
    is_number = user_id.isascii() and user_id.isdigit() and len(user_id) < len(str(MAX_USER_ID)) + 1
    if not is_number or int(user_id) > MAX_USER_ID:
        raise InvalidTokenError
    return Claims(int(user_id), str(token.get(api_settings.REVOKE_TOKEN_CLAIM)), int(token["exp"]))


def access_claims(text: str) -> Claims:
    """The claims of an access token that is valid now; raises InvalidTokenError."""
    claims = _verified_access(text)
    if claims.expires <= time.time():
        raise InvalidTokenError
    return claims


@lru_cache(maxsize=4096)
def _verified_access(text: str) -> Claims:
    """Verifies the signature; a partner sends the same token for an hour, and PyJWT takes 0.15 ms."""
    return claims_of(AccessToken(text))


def pair_for(user: AbstractBaseUser) -> dict[str, str]:
    """A new token pair, in the body's own form."""
    refresh = RefreshToken.for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}
