"""What of one answer goes into the next request, as OpenAPI links."""

from typing import Any

TRACK = {
    "operationId": "tracking",
    "parameters": {"ReferenceID": "$response.body#/DATA/request_id"},
    "description": "Follow the order by its request ID.",
}
REFRESH = {
    "operationId": "token_refresh",
    "requestBody": {"refresh": "$response.body#/refresh"},
    "description": "Renew the pair before it expires.",
}
LINKS = (
    ("/api/warrantify/token/", "200", "Refresh", REFRESH),
    ("/api/warrantify/token/refresh/", "200", "Refresh", REFRESH),
    ("/api/warrantify/repair/single-order/", "200", "Track", TRACK),
    ("/api/warrantify/repair/single-order/", "409", "Track", TRACK),
)


def add(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's hook at the end of building the document."""
    for path, status, name, link in LINKS:
        result["paths"][path]["post"]["responses"][status]["links"] = {name: link}
    return result
