"""How an endpoint is described, and how the description is attached to its view."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.views import APIView

from portal.openapi.errors import DocumentedError

Body = serializers.Serializer[Mapping[str, Any]]
Description = Callable[..., Any]


class ErrorSerializer(Body):
    """The body of every error."""

    Success = serializers.ChoiceField(choices=["False"])
    Status_code = serializers.RegexField("^[45][0-9]{2}$", help_text="The HTTP status, as a string")
    Message = serializers.CharField(help_text="One sentence")
    Errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="The fields to blame, each with its reasons",
    )
    Request_ID = serializers.CharField(required=False, help_text="For support; with status 500")


class NumericErrorSerializer(ErrorSerializer):
    """The body of every error of bulk-order, whose `Status_code` is an integer."""

    Status_code = serializers.IntegerField(help_text="The HTTP status, as an integer")  # type: ignore[assignment]


def document(view: str, **methods: Description) -> None:
    """Attaches descriptions to the methods (`get=`, `post=`) of the view with that dotted path."""

    class Documented(OpenApiViewExtension):
        target_class = view

        def view_replacement(self) -> type[APIView]:
            copy = type(self.target.__name__, (self.target,), {"__doc__": self.target.__doc__})
            return extend_schema_view(**methods)(copy)


def describe(
    operation_id: str,
    tag: str,
    summary: str,
    description: str,
    *,
    answers: Mapping[Any, OpenApiResponse],
    errors: Iterable[DocumentedError],
    error_bodies: Mapping[int, type[Body]] | None = None,
    example: Any = None,
    error_body: type[Body] = ErrorSerializer,
    media_type: str | None = None,
    **more: Any,
) -> Description:
    """Returns the description of one method.

    `error_body` is the body of its errors, but for the statuses in `error_bodies`; `example` is an
    example of the request's body; `media_type` is that of its success, where it is not JSON.
    """
    bodies = error_bodies or {}
    numeric = issubclass(error_body, NumericErrorSerializer)
    grouped: defaultdict[int, list[DocumentedError]] = defaultdict(list)
    for error in errors:
        grouped[error.status].append(error)
    refused = {
        (status, "application/json") if media_type else status: OpenApiResponse(
            bodies.get(status, error_body),
            description="\n".join(f"* `{each.message}`: {each.cause} {each.remedy}" for each in group),
            examples=[OpenApiExample(each.message, each.body(numeric=numeric)) for each in group],
        )
        for status, group in sorted(grouped.items())
    }
    if example is not None:
        more["examples"] = [OpenApiExample(summary, example, request_only=True)]
    return extend_schema(
        operation_id=operation_id,
        tags=[tag],
        summary=summary,
        description=description,
        responses={**answers, **refused},
        **more,
    )


def answer(serializer: Any, description: str, **examples: Any) -> OpenApiResponse:
    """Returns a success with its example bodies; underscores in their names become spaces."""
    listed = [OpenApiExample(name.replace("_", " "), value) for name, value in examples.items()]
    return OpenApiResponse(serializer, description=description, examples=listed)


def header(name: str, description: str, *statuses: int) -> OpenApiParameter:
    """Returns a header of the answers with these statuses."""
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, description=description, response=list(statuses)
    )
