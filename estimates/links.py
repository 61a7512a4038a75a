"""Approval links: each has 256 random bits, of which only a hash is stored."""

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
    """Returns the link of that token, or None."""
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        return None
    # Only hashes are compared, so the time taken tells nothing about the token.
    links = ApprovalLink.objects.select_related("estimate__order__partner")
    return links.filter(digest=_digest(token)).first()


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
