"""Reads request bodies strictly; only a JSON object reaches a view."""

import json
from typing import Any, NoReturn

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from warrantify.http.errors import BodyTooLargeError, DomainError
from warrantify.text import NumberText


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_int=NumberText, parse_float=NumberText, parse_constant=_refuse_constant)


def json_object(body: bytes) -> dict[str, Any]:
    """Returns the object in `body`, its numbers as `NumberText`.

    Raises DomainError (400 `Malformed JSON body`): not UTF-8, not JSON, not an object, nested
    deeper than Python's stack, NaN or Infinity.
    """
    try:
        value = _decoder.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise DomainError("Malformed JSON body")
    return value


def content_length(request: HttpRequest) -> int:
    """Returns the announced length of the body in bytes, 0 if it is missing or not a number."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def body_within(request: HttpRequest, limit: int) -> None:
    """Raises BodyTooLargeError (413), before anything is read, for a body of over `limit` bytes."""
    if content_length(request) > limit:
        raise BodyTooLargeError


def json_body(request: Request) -> dict[str, Any]:
    """The request's JSON object.

    Reads it past DRF's parsers, which take an empty body for `{}`, know no limit, and cost as much
    as the JSON itself. Raises UnsupportedMediaType (415), BodyTooLargeError (413), DomainError (400).
    """
    http = request._request
    if http.content_type != "application/json":
        raise UnsupportedMediaType(http.content_type or "")
    body_within(http, settings.MAX_JSON_BYTES)
    return json_object(http.read())
