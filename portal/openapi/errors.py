"""The documented errors: one table for the OpenAPI document and the partner guide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from estimates import refusals
from estimates.forms import INVALID_DECISION
from partners.authentication import INVALID_KEY
from partners.services import WRONG_CREDENTIALS
from partners.tokens import INVALID_TOKEN
from repairs import services
from repairs.bulk import form, importer, orders_sheet, template
from repairs.fields import API_FIELDS, EMAIL, ENGAGEMENT, MISSING, MISSING_PART, MOBILE, PINCODE, PLACE, Rule
from tracking import representations
from tracking.estimate_states import CURRENCY, MAX_NAME_LENGTH
from warrantify.http.errors import MESSAGES, FieldErrors, envelope
from warrantify.text import REQUIRED
from webhooks import forms as webhook_forms
from webhooks import services as webhooks
from webhooks.events import EVENT_TYPES

CORRELATION_ID = "5f0c1d9b1f5b4f0e9d6f2f6d8f3c7a10"


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """One way in which a request can fail: what is answered, why, and what the caller does then.

    `errors` and `extra` belong to the example body.
    """

    status: int
    message: str
    cause: str
    remedy: str
    errors: FieldErrors | None = None
    extra: Mapping[str, Any] | None = None

    def body(self, *, numeric: bool = False) -> dict[str, Any]:
        """Returns an example of the answer, as the service itself builds it."""
        body = envelope(self.status, self.message, self.errors, self.extra, numeric_status=numeric)
        return {**body, "Request_ID": CORRELATION_ID} if "Request_ID" in body else body


Errors = tuple[DocumentedError, ...]

# --- Shared ---------------------------------------------------------------------------------

MALFORMED_JSON = DocumentedError(
    400, "Malformed JSON body", "The body is not a JSON object.", "Send one JSON object in UTF-8."
)
BAD_TOKEN = DocumentedError(
    401,
    INVALID_TOKEN,
    "The token is missing, malformed, expired or revoked.",
    "Refresh the pair, or log in again; then send `Authorization: Bearer <access>`.",
)
BAD_KEY = DocumentedError(
    401,
    INVALID_KEY,
    "The key is missing, mistyped, expired or revoked.",
    "Send the whole key in `X-API-Key`; ask us for a new one if it is lost.",
)
NO_PARTNER = DocumentedError(
    403, MESSAGES[403], "The token belongs to a user of no partner.", "Use the user name you were given."
)
TOO_LARGE = DocumentedError(413, MESSAGES[413], "The body exceeds the limit.", "Send less at once.")
NOT_JSON = DocumentedError(
    415,
    "Content-Type must be application/json",
    "The `Content-Type` header is another or missing.",
    "Send `Content-Type: application/json`.",
)
TOO_MANY = DocumentedError(
    429,
    MESSAGES[429],
    "The limit announced in `RateLimit-Limit` is used up.",
    "Wait for as many seconds as `Retry-After` says.",
)
FAULT = DocumentedError(
    500, MESSAGES[500], "An error on our side.", "Send again; if it stays, tell support the `Request_ID`."
)
UNAVAILABLE = DocumentedError(
    503, MESSAGES[503], "The database cannot be reached.", "Send again after `Retry-After` seconds."
)
ALWAYS: Errors = (TOO_MANY, FAULT, UNAVAILABLE)
JSON: Errors = (TOO_LARGE, NOT_JSON, *ALWAYS)


def invalid(cause: str, remedy: str = "Correct what `Errors` names.", **errors: str) -> DocumentedError:
    """Returns a 400 `Invalid request data`, with an example of `Errors`."""
    listed = {name: [reason] for name, reason in errors.items()}
    return DocumentedError(400, MESSAGES[400], cause, remedy, errors=listed or None)


# --- Credentials ----------------------------------------------------------------------------


def _missing(field: str) -> DocumentedError:
    cause = "A member is missing, empty or not text."
    return invalid(cause, "Send the members that `Errors` names.", **{field: REQUIRED})


TOKEN: Errors = (
    MALFORMED_JSON,
    _missing("password"),
    DocumentedError(
        401, WRONG_CREDENTIALS, "User name or password is wrong, or the account is closed.", "Check both."
    ),
    *JSON,
)
REFRESH: Errors = (
    MALFORMED_JSON,
    _missing("refresh"),
    DocumentedError(
        401,
        INVALID_TOKEN,
        "The refresh token is used up, expired or revoked.",
        "Log in again with `POST /api/warrantify/token/`.",
    ),
    *JSON,
)

# --- Single orders --------------------------------------------------------------------------

EXAMPLE_ORDER = {field.name: field.example for field in API_FIELDS}
EXAMPLE_DATA = services.order_data("REPAIR202611230042", EXAMPLE_ORDER["repair_ref_no"])


def _breach(rule: Rule, field: str, cause: str) -> DocumentedError:
    return DocumentedError(400, rule.message, cause, rule.reason, errors={field: [rule.reason]})


SINGLE_ORDER: Errors = (
    MALFORMED_JSON,
    DocumentedError(
        400,
        MISSING,
        "Required fields are missing, null or blank.",
        "Send every field that `Errors` names.",
        errors={"IMEINo": [REQUIRED], "Size": [REQUIRED]},
    ),
    _breach(PLACE, "City", "City or State has other characters than letters."),
    _breach(PINCODE, "Pincode", "Pincode is not 6 digits."),
    _breach(MOBILE, "CustomerMobile", "CustomerMobile is not 10 digits."),
    _breach(EMAIL, "CustomerEmail", "CustomerEmail is not an e-mail address."),
    _breach(ENGAGEMENT, "Engagement_Type", "Engagement_Type is none of the three words."),
    invalid(
        "A value is too long, is not text, or contains characters that cannot be stored.",
        "Correct the fields that `Errors` names.",
        Issue="Ensure this field has no more than 2000 characters.",
    ),
    BAD_TOKEN,
    NO_PARTNER,
    DocumentedError(
        409,
        services.DUPLICATE,
        "You have sent this `repair_ref_no` before.",
        "Keep `DATA.request_id`: it is the ID of the first order. A new repair needs a new reference.",
        extra={"DATA": EXAMPLE_DATA},
    ),
    *JSON,
)

# --- Uploads: in the order in which they are validated, of several the first answers ---------

EMAIL_PART, NAME_PART = MISSING_PART
INVALID_ROW = {"row": 5, "repair_ref_no": "REP10004", "errors": {"Pincode": [PINCODE.reason]}}


def _part(message: str, part: str, cause: str, remedy: str, reason: str = REQUIRED) -> DocumentedError:
    return DocumentedError(400, message, cause, remedy, errors={part: [reason]})


BULK_ORDER: Errors = (
    _part(MISSING_PART[EMAIL_PART], EMAIL_PART, f"`{EMAIL_PART}` is missing or blank.", "Send it."),
    _part(
        EMAIL.message, EMAIL_PART, f"`{EMAIL_PART}` is not an e-mail address.", "Correct it.", EMAIL.reason
    ),
    _part(MISSING_PART[NAME_PART], NAME_PART, f"`{NAME_PART}` is missing or blank.", "Send it."),
    _part(
        form.FILE_REQUIRED,
        form.FILE_PART,
        f"There is no file part `{form.FILE_PART}`.",
        "Send the workbook under that name.",
    ),
    _part(
        form.FILE_TOO_LARGE,
        form.FILE_PART,
        "The file has over 10 x 1024 x 1024 bytes.",
        "Split the workbook; delete pictures and formats.",
        f"{form.FILE_TOO_LARGE}.",
    ),
    DocumentedError(
        400,
        orders_sheet.NOT_XLSX,
        "The file is another format, damaged or encrypted.",
        "Save it as Excel workbook (.xlsx), without a password.",
    ),
    DocumentedError(
        400,
        orders_sheet.MISSING_COLUMNS,
        "Row 1 of the first sheet lacks columns.",
        "Name the columns exactly as in the template.",
        errors={"columns": ["Pincode"], "hints": ['"Pin code" should read "Pincode".']},
    ),
    DocumentedError(400, orders_sheet.TOO_MANY, "There are over 1000 rows.", "Split into several uploads."),
    DocumentedError(
        400, orders_sheet.NO_ORDERS, "All rows under the header are empty.", "Fill rows in, and save."
    ),
    DocumentedError(
        400,
        importer.NONE_VALID,
        "Every row is invalid.",
        "Correct what `Invalid_Orders` names, row by row.",
        extra={"Invalid_Orders": [INVALID_ROW]},
    ),
    invalid("The form is damaged, or a part of it too long."),
    BAD_KEY,
    DocumentedError(
        415,
        "Content-Type must be multipart/form-data",
        "The body is not a form.",
        "Let your HTTP library build the form, and set no Content-Type of your own.",
    ),
    TOO_MANY,
    DocumentedError(500, importer.FAULT, "An error on our side; nothing was stored.", FAULT.remedy),
    UNAVAILABLE,
)
TEMPLATE: Errors = (
    BAD_KEY,
    DocumentedError(404, template.ABSENT, "The file is missing on our side.", "Tell support."),
    TOO_MANY,
    DocumentedError(500, template.UNREADABLE, "An error on our side.", FAULT.remedy),
    UNAVAILABLE,
)

# --- Tracking -------------------------------------------------------------------------------

ABSENT = DocumentedError(
    400, representations.REFERENCE_REQUIRED, "`ReferenceID` is missing or blank.", "Add `?ReferenceID=...`."
)
UNKNOWN = DocumentedError(
    404,
    representations.UNKNOWN,
    "None of your orders has this request ID or reference.",
    "Compare it letter by letter: case matters.",
)
TRACKING: Errors = (ABSENT, BAD_KEY, UNKNOWN, *ALWAYS)
BATCH: Errors = (
    ABSENT,
    invalid(
        "There are over 100 references, a time is invalid or out of range, or the cursor is not ours.",
        modified_since="Give a time in ISO 8601: 2026-11-23T09:30:00+05:30.",
    ),
    BAD_KEY,
    *ALWAYS,
)
BATCH_POST: Errors = (
    MALFORMED_JSON,
    ABSENT,
    invalid(
        "`ReferenceID` is not a list of texts, or has over 100.", ReferenceID="Give a list of references."
    ),
    BAD_KEY,
    *JSON,
)

# --- Estimates: in the order in which they are validated, of several the first answers -------

EXAMPLE_ESTIMATE: dict[str, Any] = {
    "estimate_no": 1,
    "state": "awaiting_approval",
    "currency": CURRENCY,
    "lines": [
        {
            "kind": "part",
            "description": "Battery",
            "quantity": "1",
            "unit_price": "2500.00",
            "amount": "2500.00",
        }
    ],
    "subtotal": "2500.00",
    "tax_percent": "18.00",
    "tax": "450.00",
    "total": "2950.00",
    "note": "",
    "valid_until": "01-12-2026",
    "raised": "24-11-2026 10:00:00",
    "decided": None,
    "decided_by": None,
    "reason": None,
}
DECISION: Errors = (
    MALFORMED_JSON,
    DocumentedError(
        400,
        MISSING,
        "A member is missing or blank; declining needs `reason`.",
        "Send the members that `Errors` names.",
        errors={"reason": [REQUIRED]},
    ),
    DocumentedError(
        400,
        INVALID_DECISION,
        "`decision` is neither of the two words.",
        "Send `approve` or `decline`.",
        errors={"decision": ["Use one of: approve, decline."]},
    ),
    invalid(
        "A value is too long, is not text, or contains characters that cannot be stored.",
        decided_by=f"Ensure this field has no more than {MAX_NAME_LENGTH} characters.",
    ),
    BAD_KEY,
    UNKNOWN,
    DocumentedError(
        404, refusals.UNKNOWN, "The order has no estimate of that number.", "Read the current one first."
    ),
    DocumentedError(
        409,
        refusals.DECIDED,
        "Somebody decided it the other way before.",
        "Keep what `DATA` says, or ask us for a new estimate.",
        extra={
            "DATA": {
                **EXAMPLE_ESTIMATE,
                "state": "declined",
                "decided": "24-11-2026 11:30:00",
                "decided_by": "Asha Rao",
                "reason": "Too expensive",
            }
        },
    ),
    DocumentedError(
        409,
        refusals.SUPERSEDED,
        "A newer estimate has replaced it.",
        "Decide the one in `DATA`.",
        extra={"DATA": {**EXAMPLE_ESTIMATE, "estimate_no": 2}},
    ),
    DocumentedError(409, refusals.EXPIRED, "The day `valid_until` is over.", "Ask us for a new estimate."),
    DocumentedError(
        409,
        refusals.NOT_AWAITING,
        "The order does not stand at `awaiting approval`.",
        "Wait for the state `awaiting_approval`.",
    ),
    *JSON,
)

# --- Webhooks -------------------------------------------------------------------------------

NO_WEBHOOK = DocumentedError(
    404, webhooks.UNKNOWN, "You have no webhook of that ID.", "List your webhooks to find its ID."
)
_FIELDS: Errors = (
    MALFORMED_JSON,
    DocumentedError(
        400, webhook_forms.MISSING, "`url` is missing or blank.", "Send it.", errors={"url": [REQUIRED]}
    ),
    DocumentedError(
        400,
        webhook_forms.INVALID_URL,
        "`url` is not absolute https, too long, has credentials or a fragment, or a private address.",
        "Correct it.",
        errors={"url": ["Give a complete https URL, such as https://example.com/hooks."]},
    ),
    DocumentedError(
        400,
        webhook_forms.INVALID_EVENTS,
        "`events` is empty or names an unknown event.",
        "Correct it, or leave it out for all events.",
        errors={"events": [f"Choose from {', '.join(EVENT_TYPES)}."]},
    ),
)
_DESCRIPTION = invalid(
    "`description` is too long or is not text.",
    description="Ensure this field has no more than 200 characters.",
)
WEBHOOKS: Errors = (BAD_KEY, *ALWAYS)
WEBHOOK: Errors = (BAD_KEY, NO_WEBHOOK, *ALWAYS)
WEBHOOK_CREATE: Errors = (
    *_FIELDS,
    DocumentedError(400, webhooks.TOO_MANY, "You have 10 webhooks.", "Delete or change one."),
    _DESCRIPTION,
    BAD_KEY,
    *JSON,
)
WEBHOOK_CHANGE: Errors = (
    *_FIELDS,
    DocumentedError(
        400,
        webhook_forms.INVALID_STATE,
        "`state` is another word.",
        "Send `enabled` or `disabled`.",
        errors={"state": ["Choose enabled or disabled."]},
    ),
    _DESCRIPTION,
    BAD_KEY,
    NO_WEBHOOK,
    *JSON,
)
WEBHOOK_TEST: Errors = (
    DocumentedError(400, webhooks.NOT_ENABLED, "It is disabled or suspended.", "Enable it first."),
    *WEBHOOK,
)
WEBHOOK_DELIVERIES: Errors = (
    invalid(
        "`state` is unknown, or `cursor` is not ours.",
        state="Choose from pending, delivered, failed.",
    ),
    *WEBHOOK,
)
WEBHOOK_REPLAY: Errors = (
    MALFORMED_JSON,
    DocumentedError(
        400,
        webhook_forms.MISSING,
        "There is neither `event_id` nor `since`.",
        "Send one of them.",
        errors={"event_id": [REQUIRED], "since": [REQUIRED]},
    ),
    invalid(
        "`since` is not a time, or `only_failed` neither true nor false.",
        since="Give a time in ISO 8601: 2026-11-23T09:30:00+05:30.",
    ),
    BAD_KEY,
    NO_WEBHOOK,
    DocumentedError(
        404,
        webhooks.UNKNOWN_EVENT,
        "This webhook got no event of that ID in the last 30 days.",
        "Look into its deliveries.",
    ),
    *JSON,
)

# --- Outside any endpoint's own table -------------------------------------------------------

EVERYWHERE: Errors = (
    DocumentedError(404, MESSAGES[404], "There is no such path.", "Compare the path with this document."),
    DocumentedError(
        405, MESSAGES[405], "The path takes another method.", "Use the method that the `Allow` header names."
    ),
)

# Endpoint -> its errors, as the partner guide lists them.
TABLE: dict[str, Errors] = {
    "token/": TOKEN,
    "token/refresh/": REFRESH,
    "repair/single-order/": SINGLE_ORDER,
    "repair/bulk-order/": BULK_ORDER,
    "sample-template/": TEMPLATE,
    "claim/tracking/": TRACKING,
    "claim/tracking/batch/": BATCH,
    "claim/tracking/batch/ by POST": BATCH_POST,
    "claim/estimate/": TRACKING,
    "claim/estimate/ by POST": DECISION,
    "webhooks/ by GET": WEBHOOKS,
    "webhooks/ by POST": WEBHOOK_CREATE,
    "webhooks/<id>/, webhooks/<id>/secret/": WEBHOOK,
    "webhooks/<id>/ by PATCH": WEBHOOK_CHANGE,
    "webhooks/<id>/test/": WEBHOOK_TEST,
    "webhooks/<id>/deliveries/": WEBHOOK_DELIVERIES,
    "webhooks/<id>/replay/": WEBHOOK_REPLAY,
    "Everywhere": EVERYWHERE,
}
