"""What every request passes, and the sessions of pages."""

import re
import secrets
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import resolve

from warrantify.http.network import may_open_admin
from warrantify.http.paths import PROGRAMS
from warrantify.observability import access_log
from warrantify.observability.logs import correlation_id

PUBLIC_URLS = "warrantify.public_urls"
SESSION_KEY = re.compile("[a-z0-9]{8,40}")
VALID_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:-]{8,128}")

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_match = lru_cache(maxsize=1024)(resolve)  # trying the patterns takes 40 µs


class CorrelationId:
    """Gives each request an ID, the client's own if it is valid, answers with it, and logs it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.META.get("HTTP_X_REQUEST_ID", "")
        current = sent if VALID_CORRELATION_ID.fullmatch(sent) else secrets.token_hex(16)
        correlation_id.set(current)  # left set: Django logs the request after this returns
        access_log.begin()
        response = self.get_response(request)
        response.headers["X-Request-ID"] = current
        if isinstance(response, HttpResponse) and response.status_code != HTTPStatus.NOT_MODIFIED:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            if request.method == "HEAD":  # else gunicorn drops the body with a warning
                response.content = b""
        access_log.end(request, response.status_code)
        return response


class Programs:
    """Leads requests of programs straight to their view; only pages pass the classes after this one.

    Sessions, messages, CSRF tokens and the rest serve people with a browser. Programs carry their own
    credentials: passing those classes would take a tenth of a request's time. The desk's paths are loaded
    with the first page, as they take 7 MB and a quarter of a second.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PROGRAMS):
            return self.get_response(request)
        match = request.resolver_match = _match(request.path_info, PUBLIC_URLS)
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return response.render() if isinstance(response, SimpleTemplateResponse) else response


class PageGuard:
    """A browser's own defences for every HTML page, and the desk for allowed networks only.

    To others the desk's paths do not exist: they get the very answer of any unknown path.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_desk = f"{request.path_info}/".startswith(f"/{settings.ADMIN_PATH}")
        if is_desk and not may_open_admin(request):
            is_desk = False
            request.urlconf = PUBLIC_URLS
        request.is_desk = is_desk  # type: ignore[attr-defined]
        if not request.path_info.startswith(PROGRAMS) and _has_nul(request):
            raise BadRequest("NUL in an address")  # PostgreSQL stores none
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            policy = settings.ADMIN_CONTENT_SECURITY_POLICY if is_desk else settings.CONTENT_SECURITY_POLICY
            response.headers.setdefault("Content-Security-Policy", policy)
            response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


def _has_nul(request: HttpRequest) -> bool:
    return "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")


class Sessions(SessionMiddleware):
    """Sessions; a cookie that no session key can be is ignored, before a database refuses it."""

    def process_request(self, request: HttpRequest) -> None:
        """Django's hook."""
        if not SESSION_KEY.fullmatch(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        super().process_request(request)
