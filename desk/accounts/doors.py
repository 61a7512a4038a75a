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


def counted(view: View) -> View:
    """Counts each request for its address, as it costs us a session."""

    @wraps(view)
    def counting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        count_address(request)
        return view(request, *args, **kwargs)

    return counting


@counted
def sign_on(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Leads to the provider of single sign-on."""
    try:
        answer: HttpResponse = views.login(request, provider_id)
    except (RequestException, KeyError, ValueError) as error:  # no answer, or one that is no provider's
        logger.warning("The provider of single sign-on does not answer: %s", type(error).__name__)
        return refusal(request, "Single sign-on does not answer at the moment.", status=503)
    return answer


def refused(request: HttpRequest) -> HttpResponse:
    """What single sign-on leads to when it was cancelled or cannot be finished."""
    return refusal(request, "Single sign-on was not completed.")
