"""What can be done to partners and keys, for the desk and the shell alike."""

import secrets
from datetime import datetime
from typing import NamedTuple, cast

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from partners import api_keys
from partners.models import ApiKey, Partner, User
from partners.tokens import INVALID_TOKEN, InvalidTokenError, RefreshToken, claims_of, pair_for
from warrantify.http.errors import UnauthorizedError

DEFAULT_KEY_NAME = "default"
WRONG_CREDENTIALS = "Invalid username or password"


class NewPartner(NamedTuple):
    """A partner just created, with the credentials that are shown once."""

    partner: Partner
    user: User
    password: str
    api_key: str


@transaction.atomic
def create_partner(
    name: str, email: str, username: str, password: str | None = None, *, sandbox: bool = False
) -> NewPartner:
    """Creates partner, user and key together; makes a password if none is given.

    Raises ValidationError (names the field) for a bad value, a taken partner name or username.
    """
    partner = Partner(name=name.strip(), email=email, is_sandbox=sandbox)
    partner.full_clean()
    partner.save()
    user, password = create_user(partner, username, email, password)
    _, text = issue_key(partner)
    return NewPartner(partner, user, password, text)


def create_user(partner: Partner, username: str, email: str, password: str | None = None) -> tuple[User, str]:
    """A login for `partner`'s systems and its password, made if none is given.

    Raises ValidationError (names the field) for a bad value or a taken username.
    """
    user = User(username=username, email=email, partner=partner)
    if password is not None:
        validate_password(password, user)
    password = password or secrets.token_urlsafe(18)
    user.set_password(password)
    user.full_clean()
    user.save()
    return user, password


def issue_key(
    partner: Partner, name: str = DEFAULT_KEY_NAME, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its text, which cannot be shown again."""
    new = api_keys.generate()
    api_key = ApiKey.objects.create(
        partner=partner, name=name, prefix=new.prefix, digest=new.digest, expires_at=expires_at
    )
    return api_key, new.text


@transaction.atomic
def rotate_key(api_key: ApiKey, valid_until: datetime) -> tuple[ApiKey, str]:
    """A successor to `api_key`, which itself works until `valid_until` at the latest."""
    old_end = api_key.expires_at
    api_key.expires_at = min(old_end, valid_until) if old_end else valid_until
    api_key.save(update_fields=["expires_at"])
    return issue_key(api_key.partner, api_key.name)


def expire_key(api_key: ApiKey, expires_at: datetime | None) -> None:
    """Ends the key at `expires_at`; None keeps it until it is revoked."""
    api_key.expires_at = expires_at
    api_key.save(update_fields=["expires_at"])


def revoke_key(api_key: ApiKey) -> None:
    """Refuses the key from its next request on; a revoked key keeps its first date."""
    if api_key.revoked_at is None:
        api_key.revoked_at = timezone.now()
        api_key.save(update_fields=["revoked_at"])


def log_in(request: HttpRequest, username: str, password: str) -> dict[str, str]:
    """A token pair for the right credentials of an active user.

    Raises UnauthorizedError, and TooManyRequestsError as `logins.PasswordBackend` does.
    """
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User) or not _may_call(user):
        raise UnauthorizedError(WRONG_CREDENTIALS)
    return pair_for(user)


def refresh_pair(refresh: str) -> dict[str, str]:
    """A new pair for a refresh token, which is used up by it.

    Raises UnauthorizedError where the token is invalid or used up, and where its user is gone,
    inactive, of an inactive partner, or has another password by now.
    """
    try:
        token = RefreshToken(refresh)
        claims = claims_of(token)
        user = User.objects.select_related("partner").get(pk=claims.user_id)
    except (InvalidTokenError, User.DoesNotExist):
        raise UnauthorizedError(INVALID_TOKEN) from None
    if not _may_call(user) or not claims.proves(user.password):
        raise UnauthorizedError(INVALID_TOKEN)
    with transaction.atomic():
        _, is_first_use = cast(tuple[object, bool], token.blacklist())
        if not is_first_use:  # the lost race of two refreshes at once
            raise UnauthorizedError(INVALID_TOKEN)
        return pair_for(user)


def _may_call(user: User) -> bool:
    return user.is_active and (user.partner is None or user.partner.is_active)
