"""Approval links: 256 random bits each, of which only a hash is kept."""

from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.urls import reverse

from estimates.models import ApprovalLink, Estimate

TOKEN_BYTES = 32
MAX_TOKEN_LENGTH = 100


def create(estimate: Estimate, door: Estimate.Door) -> str:
    """Returns the absolute address of a new link to the estimate."""
    token = token_urlsafe(TOKEN_BYTES)
    ApprovalLink.objects.create(estimate=estimate, door=door, digest=_digest(token))
    return settings.PUBLIC_URL.rstrip("/") + reverse("approval", args=[token])


def find(token: str) -> ApprovalLink | None:
    """Returns the link of that token."""
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        return None
    # No time tells a nearly right token from a wrong one: only hashes are compared.
    links = ApprovalLink.objects.select_related("estimate__order__partner")
    return links.filter(digest=_digest(token)).first()


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
