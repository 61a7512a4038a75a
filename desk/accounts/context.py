"""Template context for the pages of django-allauth, which stand in the desk's frame."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest


def of_accounts(request: HttpRequest) -> dict[str, Any]:
    """Returns the admin's own context, for pages of accounts only."""
    is_account = request.path_info.startswith(f"/{settings.ADMIN_PATH}account/")
    if not (is_account and getattr(request, "is_desk", False)):
        return {}
    return {
        **admin.site.each_context(request),
        "title": "Your account",
        "single_sign_on": settings.OIDC_PROVIDER_ID if settings.OIDC_ISSUER else None,
        "takes_passwords": not settings.OIDC_ONLY,
    }
