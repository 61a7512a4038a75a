"""Reads request bodies strictly; what is no JSON object never reaches a view."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from warrantify.errors import BodyTooLargeError, DomainError


class NumberText(str):
    """A JSON number as it was written; whoever needs it decides how to read it."""

    __slots__ = ()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_int=NumberText, parse_float=NumberText, parse_constant=_refuse_constant)


def json_object(body: bytes) -> dict[str, Any]:
    """The object that `body` spells, its numbers as `NumberText`.

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


def body_within(request: HttpRequest, limit: int) -> None:
    """Raises BodyTooLargeError (413), before anything is read, for a body of over `limit` bytes."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise BodyTooLargeError


class JSONObjectParser(BaseParser):
    """DRF's way to `json_object`, limited to `MAX_JSON_BYTES`."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        assert parser_context is not None  # DRF always passes it
        body_within(parser_context["request"]._request, settings.MAX_JSON_BYTES)
        return json_object(stream.read())


def json_body(request: Request) -> dict[str, Any]:
    """The request's JSON object; an empty body, which DRF takes for `{}`, is refused.

    Raises DomainError (400, 413) and UnsupportedMediaType (415).
    """
    data = request.data
    if not isinstance(data, dict) or request.stream is None:
        raise DomainError("Malformed JSON body")
    return data
