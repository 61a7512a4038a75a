"""The error envelope of docs/contract.md section 1: one shape for every error.

Services raise `DomainError`; views never build error bodies. `exception_handler` serves DRF, the
`json_...` views serve what fails outside a view (unknown paths, middleware, bad requests).
"""

import logging
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from warrantify.http.paths import API_PREFIX
from warrantify.observability.logs import correlation_id

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
DATABASE_AWAY = (OperationalError, InterfaceError)

MESSAGES: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "Invalid request data",
    HTTPStatus.FORBIDDEN: "This account belongs to no partner",
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.METHOD_NOT_ALLOWED: "Method not allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Request body too large",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Internal server error",
    HTTPStatus.SERVICE_UNAVAILABLE: "Service temporarily unavailable",
}

FieldErrors = Mapping[str, list[str]]


class DomainError(Exception):
    """An error that the caller is answered with: `status`, one sentence, and further members.

    `errors` names the fields to blame; `extra` holds further members of the body (`DATA` of a
    duplicate, `Invalid_Orders` of an upload).
    """

    status: ClassVar[int] = HTTPStatus.BAD_REQUEST

    def __init__(
        self,
        message: str,
        errors: FieldErrors | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.errors = errors
        self.extra = extra or {}


class UnauthorizedError(DomainError):
    """The credentials in the body are wrong."""

    status = HTTPStatus.UNAUTHORIZED
    auth_header = 'Bearer realm="warrantify"'


class TooManyRequestsError(DomainError):
    """The caller has to wait `wait` seconds, which the answer's `Retry-After` repeats."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, wait: float) -> None:
        super().__init__(MESSAGES[self.status])
        self.wait = wait


class NotFoundError(DomainError):
    """What was asked for does not exist, or belongs to another partner."""

    status = HTTPStatus.NOT_FOUND


class ConflictError(DomainError):
    """What was sent conflicts with what is stored."""

    status = HTTPStatus.CONFLICT


class BodyTooLargeError(DomainError):
    """The body exceeds the endpoint's limit."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self) -> None:
        super().__init__(MESSAGES[self.status])


def envelope(
    status: int,
    message: str,
    errors: FieldErrors | None = None,
    extra: Mapping[str, Any] | None = None,
    *,
    numeric_status: bool = False,
) -> dict[str, Any]:
    """The body of an error; `numeric_status` is bulk-order's documented integer `Status_code`."""
    body: dict[str, Any] = {
        "Success": "False",
        "Status_code": int(status) if numeric_status else str(int(status)),
        "Message": message,
    }
    if errors:
        body["Errors"] = errors
    if extra:
        body.update(extra)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        body["Request_ID"] = correlation_id.get()
    return body


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's hook: any exception of a view becomes the envelope, with the headers it calls for.

    A view may set `fault_message` (its documented 500 sentence) and `numeric_status`.
    """
    view = context["view"]
    status, message, errors, extra = _describe(exc)
    headers = {}
    if status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        message = f"Content-Type must be {view.parser_classes[0].media_type}"
    elif status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("Unhandled error in %s", type(view).__name__, exc_info=exc)
        message = getattr(view, "fault_message", message)
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        logger.error("Database unavailable in %s: %s", type(view).__name__, type(exc).__name__)
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(exc, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    numeric_status = getattr(view, "numeric_status", False)
    body = envelope(status, message, errors, extra, numeric_status=numeric_status)
    response = Response(body, status=status, headers=headers)
    response.exception = True
    return response


def _describe(exc: Exception) -> tuple[int, str, FieldErrors | None, Mapping[str, Any] | None]:
    match exc:
        case DomainError():
            return exc.status, exc.message, exc.errors, exc.extra
        case Http404() | exceptions.NotFound():
            status = HTTPStatus.NOT_FOUND
        case PermissionDenied() | exceptions.PermissionDenied():
            status = HTTPStatus.FORBIDDEN
        case RequestDataTooBig():
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        case SuspiciousOperation() | UnreadablePostError():  # the latter: the caller hung up
            status = HTTPStatus.BAD_REQUEST
        case exceptions.APIException():
            # 401 carries the endpoint's own sentence; the others have one for all.
            return exc.status_code, MESSAGES.get(exc.status_code, str(exc.detail)), None, None
        case _ if isinstance(exc, DATABASE_AWAY):
            status = HTTPStatus.SERVICE_UNAVAILABLE
        case _:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
    return status, MESSAGES[status], None, None


def _json(status: HTTPStatus) -> JsonResponse:
    return JsonResponse(envelope(status, MESSAGES[status]), status=status)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API_PREFIX)


@csrf_exempt
def api_not_found(request: HttpRequest) -> JsonResponse:
    """Any unknown path under `/api/`, with DEBUG on as well."""
    return _json(HTTPStatus.NOT_FOUND)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler400`."""
    return _json(HTTPStatus.BAD_REQUEST) if _is_api(request) else defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler403`."""
    return _json(HTTPStatus.FORBIDDEN) if _is_api(request) else defaults.permission_denied(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's `CSRF_FAILURE_VIEW`: says what to do where somebody has logged in again meanwhile."""
    return render(request, "csrf.html", status=HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler404`."""
    return _json(HTTPStatus.NOT_FOUND) if _is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`, called while the error is being handled: 503 where the database is away."""
    if isinstance(sys.exception(), DATABASE_AWAY):
        response = _json(HTTPStatus.SERVICE_UNAVAILABLE)
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return _json(HTTPStatus.INTERNAL_SERVER_ERROR) if _is_api(request) else defaults.server_error(request)
