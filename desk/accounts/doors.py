"""The ways into the desk that need no password, under the limits of log-ins."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse
from requests import RequestException

from desk.accounts.adapters import refusal
from partners.logins import count_address

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]


def limited(view: View) -> View:
    """Limits requests per address, as each one creates a session."""

    @wraps(view)
    def limiting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        count_address(request)
        return view(request, *args, **kwargs)

    return limiting


@limited
def sign_on(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Redirects to the provider of single sign-on."""
    try:
        answer: HttpResponse = views.login(request, provider_id)
    except (RequestException, KeyError, ValueError) as error:  # no answer, or not a provider's
        logger.warning("The provider of single sign-on does not answer: %s", type(error).__name__)
        return refusal(request, "Single sign-on does not answer at the moment.", status=503)
    return answer


def refused(request: HttpRequest) -> HttpResponse:
    """The page after single sign-on was cancelled or failed."""
    return refusal(request, "Single sign-on was not completed.")
