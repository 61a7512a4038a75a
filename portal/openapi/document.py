"""What the OpenAPI document says of the API as a whole."""

from collections.abc import Mapping
from typing import Any

from portal.openapi.descriptions import TAGS

DESCRIPTION = """\
Raise repair orders one by one or by workbook, and follow each repair.

* **Two credentials.** Single orders take a JWT from `token/`; all other endpoints take an API key.
* **One shape of errors.** `Message` is one sentence, `Errors` names the fields to blame.
  `Status_code` repeats the HTTP status: as a string, and as an integer on bulk-order.
* **Paths** answer with and without the trailing slash.
* **Support** finds any request by its `X-Request-ID`: every answer has one, and a valid one of yours is kept.

The [partner guide](../guide/) explains every step, with client code.
"""
INTEGER, TEXT = {"type": "integer"}, {"type": "string"}
ALL_STATUSES = ""
# Header -> its schema, description, and the statuses that it comes with.
HEADERS: dict[str, tuple[dict[str, str], str, tuple[str, ...]]] = {
    "X-Request-ID": (TEXT, "The request's ID, for support.", (ALL_STATUSES,)),
    "RateLimit-Limit": (INTEGER, "Requests allowed in each window, if a limit is set.", (ALL_STATUSES,)),
    "RateLimit-Remaining": (INTEGER, "Requests left in this window.", (ALL_STATUSES,)),
    "RateLimit-Reset": (INTEGER, "Seconds until the next window.", (ALL_STATUSES,)),
    "Retry-After": (INTEGER, "Seconds to wait.", ("429", "503")),
    "WWW-Authenticate": (TEXT, "The scheme that is asked for.", ("401",)),
}
CORRELATION_ID = {
    "in": "header",
    "name": "X-Request-ID",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{8,128}$"},
    "description": "Your own ID for this request; without a valid one the service makes one.",
}
TRACK = {
    "operationId": "tracking",
    "parameters": {"ReferenceID": "$response.body#/DATA/request_id"},
    "description": "Follow the order by its request ID.",
}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's hook at the end of building the document: adds what all endpoints share."""
    result["info"]["description"] = DESCRIPTION
    result["tags"] = list(TAGS.values())
    result["servers"] = [{"url": "/", "description": "This service"}]
    components = result["components"]
    components["headers"] = {
        name: {"schema": schema, "description": description}
        for name, (schema, description, _) in HEADERS.items()
    }
    components["parameters"] = {"CorrelationID": CORRELATION_ID}
    for methods in result["paths"].values():
        for operation in methods.values():
            _add_shared(operation)
    single_order = result["paths"]["/api/warrantify/repair/single-order/"]["post"]["responses"]
    for status in ("200", "409"):
        single_order[status]["links"] = {"Track": TRACK}
    schemas = components["schemas"]
    for schema in schemas.values():
        for member in schema.get("properties", {}).values():
            _inline_nullable(member, schemas)
    return result


def _add_shared(operation: dict[str, Any]) -> None:
    operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/CorrelationID"})
    for status, response in operation["responses"].items():
        headers = response.setdefault("headers", {})
        for name, (_, _, statuses) in HEADERS.items():
            if ALL_STATUSES in statuses or status in statuses:
                headers[name] = {"$ref": f"#/components/headers/{name}"}


def _inline_nullable(member: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    # OpenAPI 3.0.3: `nullable` counts only beside `type`, which a reference does not have.
    if member.get("nullable") and "allOf" in member:
        [reference] = member.pop("allOf")
        referenced = schemas[reference["$ref"].rsplit("/", 1)[1]]
        member.update({**referenced, **member})
