"""What a partner's developer reads: the OpenAPI document, the explorer and the guide."""

from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal import guide


@lru_cache(maxsize=1)
def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3 document; built once per process, as it depends on the code alone."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))


class SchemaView(APIView):
    """GET the OpenAPI document as JSON."""

    renderer_classes: list[type[BaseRenderer]] = [OpenApiJsonRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """200 with the document."""
        return Response(openapi_document())


class GuideView(APIView):
    """GET the partner guide as a page."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """200 with the page, its addresses those of the host that was asked."""
        page = guide.page(request.build_absolute_uri("/").rstrip("/"))
        return render(request._request, "portal/guide.html", page._asdict())


class ExplorerView(SpectacularSwaggerSplitView):
    """GET Swagger UI, from our own static files."""

    url_name = "schema"
    renderer_classes: list[type[BaseRenderer]] = [JSONRenderer]  # of refusals; the page is rendered here

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """200 with the page, or with its script."""
        made: Response = super().get(request)  # type: ignore[no-untyped-call]
        return render(request._request, str(made.template_name), made.data, made.content_type)
