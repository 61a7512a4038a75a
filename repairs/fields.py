"""THE table of order fields: what a partner may send, by which name, how long, under which rule.

JSON, workbook, template, OpenAPI document and partner guide all read it. Names, requirements and
rules are the documentation's ("Request Body Parameters", "Excel File Structure"); the maximum
lengths, in characters, are ours.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from warrantify.text import MAX_EMAIL_LENGTH, NOT_AN_EMAIL, BadTextError, is_email, read_text


class Need(Enum):
    """Whether a source of orders must, may or cannot give a field."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Rule:
    """A format: `message` is the answer's sentence, `reason` the field's own."""

    message: str
    reason: str
    holds: Callable[[str], bool]
    pattern: str | None = None
    choices: tuple[str, ...] = ()


def _by_pattern(message: str, reason: str, pattern: str) -> Rule:
    matches = re.compile(pattern).fullmatch
    return Rule(message, reason, lambda text: matches(text) is not None, pattern=f"^{pattern}$")


def _by_choice(*choices: str) -> Rule:
    reason = f"Use one of: {', '.join(choices)}."
    return Rule("Invalid Engagement_Type", reason, frozenset(choices).__contains__, choices=choices)


MISSING = "Missing required fields"
INVALID = "Invalid request data"

PLACE = _by_pattern(
    "Invalid City/State format",
    "Use letters A-Z only, with single spaces or hyphens between words.",
    "[A-Za-z]+(?:[ -][A-Za-z]+)*",
)
PINCODE = _by_pattern("Invalid Pincode format", "Give exactly 6 digits.", "[0-9]{6}")
MOBILE = _by_pattern("Invalid Mobile Number format", "Give exactly 10 digits.", "[0-9]{10}")
EMAIL = Rule("Invalid Email format", NOT_AN_EMAIL, is_email)
ENGAGEMENT = _by_choice("Home", "Pickup", "Walk-in")
SHEET_ENGAGEMENT = _by_choice("Onsite", "Offsite")

# With several breaches the answer's `Message` is the first of these (docs/contract.md section 3).
MESSAGE_ORDER = (
    MISSING,
    PLACE.message,
    PINCODE.message,
    MOBILE.message,
    EMAIL.message,
    ENGAGEMENT.message,
    INVALID,
)


@dataclass(frozen=True, slots=True)
class OrderField:
    """One field: `name` on the wire, `attribute` of RepairOrder, and what is asked of its text.

    `one_line` turns runs of line breaks and tabs into a space; `example` is the documentation's.
    `personal` says that the value tells who the customer is, and is erased with them.
    """

    name: str
    attribute: str
    max_length: int
    description: str
    example: str
    rule: Rule | None = None
    api: Need = Need.REQUIRED
    sheet: Need = Need.REQUIRED
    one_line: bool = False
    personal: bool = False


# In the order of the documented workbook, then what only the API requires.
FIELDS = (
    OrderField("repair_ref_no", "repair_ref_no", 100, "Unique repair reference number", "REP10001"),
    OrderField("Name", "customer_name", 200, "Customer name", "Amit Patel", personal=True),
    OrderField(
        "CustomerMobile", "customer_mobile", 10, "10-digit mobile number", "9876543210", MOBILE, personal=True
    ),
    OrderField(
        "CustomerEmail",
        "customer_email",
        MAX_EMAIL_LENGTH,
        "Customer email address",
        "amit@example.com",
        EMAIL,
        personal=True,
    ),
    OrderField("Engagement_Type", "engagement_type", 10, "Service type", "Home", ENGAGEMENT),
    OrderField(
        "AddressLine1",
        "address_line1",
        500,
        "Primary address line",
        "Flat 301, Tower A",
        one_line=True,
        personal=True,
    ),
    OrderField(
        "AddressLine2",
        "address_line2",
        500,
        "Secondary address line",
        "MG Road",
        api=Need.OPTIONAL,
        sheet=Need.OPTIONAL,
        one_line=True,
        personal=True,
    ),
    OrderField("City", "city", 100, "City name (alphabets only)", "Bangalore", PLACE),
    OrderField("State", "state", 100, "State name (alphabets only)", "Karnataka", PLACE),
    OrderField("Pincode", "pincode", 6, "6-digit postal code", "560001", PINCODE, personal=True),
    OrderField("AssetType", "asset_type", 100, "Device category", "Laptop"),
    OrderField("Make", "make", 100, "Device brand name", "Dell"),
    OrderField("Model", "model", 100, "Device model", "XPS 15"),
    OrderField("IMEINo", "imei_no", 100, "IMEI or Serial Number", "SN123456789", personal=True),
    OrderField(
        "Issue", "issue", 2000, "Problem description", "Battery not charging", one_line=True, personal=True
    ),
    OrderField("centre_city", "centre_city", 100, "Repair centre city", "Bangalore", sheet=Need.OPTIONAL),
    OrderField("Size", "size", 100, "Device size / model number", "15 inch", sheet=Need.OPTIONAL),
    OrderField(
        "client_name",
        "client_name",
        200,
        "Partner / Client company name",
        "Acme Devices",
        sheet=Need.ABSENT,
    ),
)

API_FIELDS = tuple(field for field in FIELDS if field.api is not Need.ABSENT)

# A workbook says where the repair happens in its own two words.
SHEET_FIELDS = tuple(
    replace(field, rule=SHEET_ENGAGEMENT, example="Onsite") if field.rule is ENGAGEMENT else field
    for field in FIELDS
    if field.sheet is not Need.ABSENT
)

# The 14 columns of the documented template, in its order.
TEMPLATE_FIELDS = tuple(field for field in SHEET_FIELDS if field.sheet is Need.REQUIRED)

# The text parts of the bulk form; the messages for a missing one are the documentation's.
UPLOAD_FIELDS = (
    OrderField(
        "Client Email",
        "client_email",
        MAX_EMAIL_LENGTH,
        "Where the summary goes",
        "orders@acme.example",
        EMAIL,
    ),
    OrderField("Client Name", "client_name", 200, "Partner / Client company name", "Acme Devices"),
)
MISSING_PART = {"Client Email": "Email is required", "Client Name": "Client name is required"}

# Stands in the personal fields of an erased customer; fits the shortest of them. No mobile number is
# spelled so, which tells an erased order.
ERASED = "erased"

REFERENCE = FIELDS[0]
MAX_REFERENCE_LENGTH = REFERENCE.max_length


def may_be_reference(text: str) -> bool:
    """Whether an order could have it: short enough, and text that a database takes."""
    try:
        return 0 < len(read_text(text)) <= MAX_REFERENCE_LENGTH
    except BadTextError:
        return False
