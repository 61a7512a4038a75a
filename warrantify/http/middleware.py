"""What every request passes, and what only pages need.

Sessions, messages and the rest serve people with a browser. Partner requests carry their
own credentials, so they pass those classes by: it saves about a tenth of a request's time.
"""

import re
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from axes.middleware import AxesMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.views.defaults import page_not_found
from whitenoise.middleware import WhiteNoiseMiddleware

from warrantify.http.network import may_open_admin
from warrantify.observability import access_log
from warrantify.observability.logs import request_id

API_PREFIX = "/api/"
# Asked by programs, the last three by whatever name or address an instance has inside.
PROGRAMS = (API_PREFIX, "/healthz", "/readyz", "/metrics")
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{8,128}")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def content_length(request: HttpRequest) -> int:
    """The announced length of the body in bytes, 0 where none or no number is announced."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


class RequestId:
    """Gives each request an ID, the client's own where it is sane, answers with it, and logs it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.META.get("HTTP_X_REQUEST_ID", "")
        current = sent if SANE_REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        request_id.set(current)  # left set: Django logs the request after this returns
        access_log.begin()
        response = self.get_response(request)
        response.headers["X-Request-ID"] = current
        if isinstance(response, HttpResponse) and response.status_code != HTTPStatus.NOT_MODIFIED:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            if request.method == "HEAD":  # else gunicorn drops the body with a warning
                response.content = b""
        access_log.end(request, response.status_code)
        return response


class PagesOnly:
    """Mixed into a middleware class: requests of programs go straight to the next one."""

    get_response: Any  # the mixed-in class declares it

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(PROGRAMS):
            return self.get_response(request)  # type: ignore[no-any-return]
        return super().__call__(request)  # type: ignore[misc,no-any-return]


class PageGuard:
    """A browser's own defences for every HTML page, and the admin for allowed networks only."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_admin = request.path_info.startswith(f"/{settings.ADMIN_PATH}")
        if is_admin and not may_open_admin(request):
            return page_not_found(request, Http404())
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            policy = settings.ADMIN_CONTENT_SECURITY_POLICY if is_admin else settings.CONTENT_SECURITY_POLICY
            response.headers.setdefault("Content-Security-Policy", policy)
            response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


class StaticFiles(PagesOnly, WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serves collected static files."""


class PageSessions(PagesOnly, SessionMiddleware):
    """Sessions for pages."""


class PageCommon(PagesOnly, CommonMiddleware):
    """Slashes and conditional basics for pages."""


class PageAuthentication(PagesOnly, AuthenticationMiddleware):
    """Session users for pages."""


class PageMessages(PagesOnly, MessageMiddleware):
    """One-time messages for pages."""


class PageLockout(PagesOnly, AxesMiddleware):  # type: ignore[misc] # axes has no types
    """Tells somebody who failed to log in too often to wait."""
