"""What all API views share."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_encode = json.JSONEncoder(separators=(",", ":")).encode


def json_answer(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A JSON answer. DRF's own Response renders late, through ten calls that buy us nothing."""
    return HttpResponse(_encode(body), content_type="application/json", headers=headers)


class OneMediaType(BaseContentNegotiation):
    """Each endpoint answers in one media type, regardless of the `Accept` header: an error of 406
    is not among the documented ones."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """DRF's hook."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """DRF's hook."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""
