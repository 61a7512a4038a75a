"""How endpoints are documented: each refusal once, for the OpenAPI document and the partner guide."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from warrantify.http.errors import MESSAGES, FieldErrors, envelope

REQUEST_ID_EXAMPLE = "5f0c1d9b1f5b4f0e9d6f2f6d8f3c7a10"


class ErrorSerializer(serializers.Serializer[Mapping[str, Any]]):
    """The body of every refusal and fault."""

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
    """The body of every refusal and fault of bulk-order, whose `Status_code` is an integer."""

    Status_code = serializers.IntegerField(help_text="The HTTP status, as an integer")  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way in which a request can fail: what is answered, why, and what the caller does then.

    `errors` and `extra` are those of an example body; `serializer` describes a body with more
    members than the envelope's.
    """

    status: int
    message: str
    cause: str
    remedy: str
    errors: FieldErrors | None = None
    extra: Mapping[str, Any] | None = None
    numeric_status: bool = False
    serializer: type[serializers.Serializer[Any]] | None = None

    def body(self) -> dict[str, Any]:
        """An example of the answer, as the service itself builds it."""
        body = envelope(
            self.status, self.message, self.errors, self.extra, numeric_status=self.numeric_status
        )
        if "Request_ID" in body:
            body["Request_ID"] = REQUEST_ID_EXAMPLE
        return body

    def numeric(self) -> "Refusal":
        """The same on bulk-order, whose `Status_code` is an integer."""
        return replace(self, numeric_status=True)


MALFORMED_JSON = Refusal(
    400,
    "Malformed JSON body",
    "The body is not JSON, or not a JSON object.",
    "Send one JSON object in UTF-8.",
)
INVALID_DATA = Refusal(
    400,
    MESSAGES[400],
    "A value is too long, is no text, or contains characters that cannot be stored.",
    "Mend the fields that `Errors` names.",
    errors={"Issue": ["Ensure this field has no more than 2000 characters."]},
)
NO_PARTNER = Refusal(
    403, MESSAGES[403], "The token belongs to a user of no partner.", "Use the user name you were given."
)
TOO_LARGE = Refusal(413, MESSAGES[413], "The body is larger than the endpoint reads.", "Send less at once.")
NOT_JSON = Refusal(
    415,
    "Content-Type must be application/json",
    "The `Content-Type` header is another or missing.",
    "Send `Content-Type: application/json`.",
)
TOO_MANY = Refusal(
    429,
    MESSAGES[429],
    "The limit announced in `RateLimit-Limit` is used up.",
    "Wait for as many seconds as `Retry-After` says.",
)
FAULT = Refusal(
    500,
    MESSAGES[500],
    "A fault of ours.",
    "Send again; if it stays, tell support the `Request_ID`.",
)
UNAVAILABLE = Refusal(
    503, MESSAGES[503], "The database cannot be reached.", "Send again after `Retry-After` seconds."
)
NOT_FOUND = Refusal(404, MESSAGES[404], "There is no such path.", "Compare the path with this document.")
WRONG_METHOD = Refusal(
    405, MESSAGES[405], "The path takes another method.", "Use the method that the `Allow` header names."
)

# Outside any endpoint's own table.
EVERYWHERE = (NOT_FOUND, WRONG_METHOD)


def responses(refusals: Iterable[Refusal]) -> dict[int, OpenApiResponse]:
    """The refusals of one endpoint as OpenAPI responses, each body an example."""
    by_status: defaultdict[int, list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        by_status[refusal.status].append(refusal)
    return {status: _response(group) for status, group in sorted(by_status.items())}


def _response(group: list[Refusal]) -> OpenApiResponse:
    envelope_of = NumericErrorSerializer if group[0].numeric_status else ErrorSerializer
    serializer = next((each.serializer for each in group if each.serializer), envelope_of)
    return OpenApiResponse(
        serializer,
        description="\n".join(f"* `{each.message}`: {each.cause} {each.remedy}" for each in group),
        examples=[OpenApiExample(each.message, each.body()) for each in group],
    )


def answer(serializer: Any, description: str, **examples: Any) -> OpenApiResponse:
    """A success with its example bodies; underscores in their names become spaces."""
    listed = [OpenApiExample(name.replace("_", " "), value) for name, value in examples.items()]
    return OpenApiResponse(serializer, description=description, examples=listed)


def header(name: str, description: str, kind: Any = str, codes: Any = True) -> OpenApiParameter:
    """A header of the answers with these status codes."""
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=description, response=codes)


REQUEST_ID = OpenApiParameter(
    "X-Request-ID",
    {"type": "string", "pattern": "^[A-Za-z0-9._:-]{8,128}$"},
    OpenApiParameter.HEADER,
    description="Your own ID for this request; without one, or with an odd one, we draw it.",
)
HEADERS = [
    header("X-Request-ID", "The request's ID, for support."),
    header("RateLimit-Limit", "Requests allowed in each window, where a limit is set.", int),
    header("RateLimit-Remaining", "Requests left in this window.", int),
    header("RateLimit-Reset", "Seconds until the next window.", int),
    header("Retry-After", "Seconds to wait.", int, [429, 503]),
    header("WWW-Authenticate", "The scheme that is asked for.", str, [401]),
]
