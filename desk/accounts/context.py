"""What the desk's frame needs on the pages of django-allauth, which know nothing of it."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest


def of_accounts(request: HttpRequest) -> dict[str, Any]:
    """The admin's own context, on pages of accounts alone."""
    is_account = request.path_info.startswith(f"/{settings.ADMIN_PATH}account/")
    if not (is_account and getattr(request, "is_desk", False)):
        return {}
    return {
        **admin.site.each_context(request),
        "title": "Your account",
        "single_sign_on": settings.OIDC_PROVIDER_ID if settings.OIDC_ISSUER else None,
        "takes_passwords": not settings.OIDC_ONLY,
    }
