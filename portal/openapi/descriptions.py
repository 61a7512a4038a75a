"""How an endpoint is described: what it takes, what it answers, and every error."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.views import APIView

from partners.authentication import ApiKeyAuthentication, TokenAuthentication
from portal.openapi.endpoints import SECTIONS, DocumentedError

Body = serializers.Serializer[Mapping[str, Any]]

DATE = "^[0-9]{2}-[0-9]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}$"
DAY = "^[0-9]{2}-[0-9]{2}-[0-9]{4}$"
MONEY = "^[0-9]+\\.[0-9]{2}$"
WITH_CREDENTIAL = {TokenAuthentication: "With a token", ApiKeyAuthentication: "With an API key"}
# The tag of each app's endpoints.
TAGS = {
    "partners": {"name": "Credentials", "description": "Tokens for single orders"},
    "repairs": {"name": "Orders", "description": "One order as JSON, or a workbook of up to 1000"},
    "tracking": {"name": "Tracking", "description": "The status of each repair"},
    "estimates": {"name": "Estimates", "description": "What a repair costs, and who approves it"},
    "webhooks": {"name": "Webhooks", "description": "What a poll would show, pushed to you"},
}


class SuccessSerializer(Body):
    """What successes have in common, but for the endpoints that are documented otherwise."""

    Success = serializers.ChoiceField(choices=["True"])
    Status_code = serializers.ChoiceField(choices=["200"])


class DoneSerializer(SuccessSerializer):
    """A success with a sentence."""

    Message = serializers.CharField()


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


def describe(
    view: type[APIView],
    endpoint: str,
    operation_id: str,
    answer: OpenApiResponse,
    *,
    request: type[Body] | Mapping[str, type[Body]] | None = None,
    example: Any = None,
    media_type: str = "application/json",
    responses: Mapping[int, OpenApiResponse] | None = None,
    error_bodies: Mapping[int, type[Body]] | None = None,
    extra: Mapping[str, Mapping[str, Any]] | None = None,
    **more: Any,
) -> None:
    """Attaches the description of an endpoint, a heading of `endpoints.md`, to its view.

    `answer` is the 200, of `media_type`; `responses` has further ones. `request` is a JSON body, or a form
    by its media type; `example` is an example of it. Where errors have further members, `error_bodies` has
    their bodies by status, and `extra` the examples by message.
    """
    summary, description, _ = SECTIONS[endpoint]
    errors = _errors(view, endpoint, takes_json=isinstance(request, type))
    numeric = getattr(view, "numeric_status", False)
    error_body = NumericErrorSerializer if numeric else ErrorSerializer
    bodies, members = error_bodies or {}, extra or {}

    def example_of(error: DocumentedError) -> OpenApiExample:
        return OpenApiExample(error.message, error.body(members.get(error.message), numeric=numeric))

    refused = {
        (status, "application/json"): OpenApiResponse(
            bodies.get(status, error_body),
            description="\n".join(f"* `{each.message}`: {each.advice}" for each in listed),
            examples=[example_of(each) for each in listed],
        )
        for status, listed in errors.items()
    }
    if example:
        more["examples"] = [OpenApiExample(summary, example, request_only=True)]
    operation = extend_schema(
        operation_id=operation_id,
        tags=[TAGS[view.__module__.partition(".")[0]]["name"]],
        summary=summary,
        description=description,
        request=request,
        responses={(200, media_type): answer, **(responses or {}), **refused},
        **more,
    )
    extend_schema_view(**{endpoint.partition(" ")[0].lower(): operation})(view)


def _errors(view: type[APIView], endpoint: str, *, takes_json: bool) -> dict[int, list[DocumentedError]]:
    """Returns the errors of an endpoint by status, those that it shares included."""
    shared = [WITH_CREDENTIAL[scheme] for scheme in view.authentication_classes]
    if takes_json:
        shared.append("With a JSON body")
    if "{webhook_id}" in endpoint:
        shared.append("With the ID of a webhook")
    found: dict[int, list[DocumentedError]] = {}
    for heading in (*shared, endpoint):
        for error in SECTIONS[heading].errors:
            found.setdefault(error.status, []).append(error)
    every = {error.status: [error] for error in SECTIONS["Errors of every endpoint"].errors}
    return dict(sorted({**every, **found}.items()))


def answer(serializer: Any, description: str, **examples: Any) -> OpenApiResponse:
    """Returns a success with its example bodies; underscores in their names become spaces."""
    listed = [OpenApiExample(name.replace("_", " "), value) for name, value in examples.items()]
    return OpenApiResponse(serializer, description=description, examples=listed)


def example(serializer: type[Body]) -> dict[str, Any]:
    """Returns an example of a body: what its fields have for `initial`."""
    return dict(serializer().data)


def body(name: str, description: str, **members: Any) -> type[Body]:
    """Returns the serializer of a small body with these members."""
    return type(name, (Body,), {"__doc__": description, **members})


def success_body(name: str, description: str, *, message: bool = False, **members: Any) -> type[Body]:
    """Returns the serializer of a success with these members; `message` if it always has a `Message`."""
    base = DoneSerializer if message else SuccessSerializer
    return type(name, (base,), {"__doc__": description, **members})
