"""What the OpenAPI document says about the API as a whole."""

from typing import Any

DESCRIPTION = """\
Raise repair orders one by one or by workbook, and follow each repair.

* **Two credentials.** Single orders take a JWT from `token/`; uploads, the template and tracking take an
  API key.
* **One shape of refusal.** `Message` is one sentence, `Errors` names the fields to blame.
  `Status_code` repeats the HTTP status: as a string, and as an integer on bulk-order.
* **Paths** answer with and without the trailing slash.
* **Support** finds any request by its `X-Request-ID`: every answer has one, and a sane one of yours is kept.

The [partner guide](../guide/) explains every step, with client code.
"""

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Warrantify partner API",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "1.0.0",
    "TAGS": [
        {"name": "Credentials", "description": "Tokens for single orders"},
        {"name": "Orders", "description": "One order as JSON, or a workbook of up to 1000"},
        {"name": "Tracking", "description": "Where each repair stands"},
    ],
    "SCHEMA_PATH_PREFIX": "/api/warrantify",
    "SERVE_INCLUDE_SCHEMA": False,
    # Without the enum hook choices stay in place: a component per enum says nothing to a reader.
    "POSTPROCESSING_HOOKS": ["portal.links.add"],
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SORT_OPERATION_PARAMETERS": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "displayRequestDuration": True,
        "persistAuthorization": False,
        "tryItOutEnabled": True,
        "defaultModelsExpandDepth": 0,
        "validatorUrl": None,
    },
}
