"""Single sign-on: what a provider's claims say about a member of staff (OIDC_... in `.env.example`)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.models import Group

from partners.models import User

SUPERUSER = "superuser"  # a target of OIDC_GROUP_MAP beside the desk's groups


class RefusedError(Exception):
    """The provider's answer gives no access; the message is a sentence for the person."""


class Rights(NamedTuple):
    """The desk's groups of a person, and whether it is a superuser."""

    groups: frozenset[str]
    is_superuser: bool


def claims_of(login: SocialLogin) -> dict[str, Any]:
    """The claims of a log-in; raises RefusedError unless its ID token is of OIDC_ISSUER.

    The library has compared audience, expiry, and the issuer that the provider's own document names.
    """
    data: Mapping[str, Any] = login.account.extra_data
    id_token = data.get("id_token") or {}
    if str(id_token.get("iss", "")).rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
        raise RefusedError("The answer is not from the provider that is set up here.")
    return {**id_token, **(data.get("userinfo") or {})}


def rights_of(claims: Mapping[str, Any]) -> Rights:
    """What OIDC_GROUP_MAP makes of the claim OIDC_GROUPS_CLAIM; raises RefusedError where that is nothing."""
    found = claims.get(settings.OIDC_GROUPS_CLAIM)
    names = found if isinstance(found, list) else [found]
    targets = {target for name, target in settings.OIDC_GROUP_MAP.items() if name in names}
    if not targets:
        raise RefusedError("Your account is in no group that has access to the desk.")
    return Rights(frozenset(targets - {SUPERUSER}), SUPERUSER in targets)


def grant(user: User, rights: Rights | None) -> None:
    """Gives a user exactly these rights, and None none at all."""
    user.is_staff = rights is not None
    user.is_superuser = rights is not None and rights.is_superuser
    user.save(update_fields=["is_staff", "is_superuser"])
    user.groups.set(Group.objects.filter(name__in=rights.groups if rights else ()))
