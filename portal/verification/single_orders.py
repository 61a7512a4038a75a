"""Section 3: single-order."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from portal.verification.expectation import REQUEST_ID, Expectation, refusal
from portal.verification.partner import Partner
from portal.verification.report import Report

SECTION = "3 single-order"
AT_ONCE = 5
BREACHES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("City", "Invalid City/State format", ("Bangalore2", "Tamil  Nadu", "-Delhi", "Délhi")),
    ("State", "Invalid City/State format", ("Karnataka!", "Tamil_Nadu")),
    ("Pincode", "Invalid Pincode format", ("56000", "5600011", "56000a")),
    ("CustomerMobile", "Invalid Mobile Number format", ("987654321", "+919876543210")),
    ("CustomerEmail", "Invalid Email format", ("amit", "amit@", "amit@localhost")),
    ("Engagement_Type", "Invalid Engagement_Type", ("home", "Onsite", "Walk in")),
)


def verify(report: Report, partner: Partner) -> None:
    """Provokes the table of rules, the answer and the duplicate."""
    _missing(report, partner)
    for name, message, values in BREACHES:
        for value in values:
            answer = partner.send_order(partner.order(**{name: value}))
            report.see(SECTION, f"{name}: {value}", refusal(400, message, name), answer)
    _precedence(report, partner)
    _maxima(report, partner)
    _good(report, partner)
    _duplicates(report, partner)
    report.skip(SECTION, "more than 9,999 orders in a day", "it would use up the day's short IDs")


def _missing(report: Report, partner: Partner) -> None:
    message = "Missing required fields"
    required = sorted(partner.order())
    report.see(SECTION, "all fields missing", refusal(400, message, *required), partner.send_order({}))
    for name in required:
        for case, value in {"missing": None, "blank": "  "}.items():
            answer = partner.send_order(partner.order(**{name: value}))
            report.see(SECTION, f"{name} {case}", refusal(400, message, name), answer)
    null = {**partner.order(), "Size": None}
    report.see(SECTION, "Size null", refusal(400, message, "Size"), partner.send_order(null))


def _precedence(report: Report, partner: Partner) -> None:
    """Of several breaches the first of the table is the `Message`; `Errors` has them all."""
    bad: dict[str, Any] = {
        "Size": "",
        "City": "1",
        "Pincode": "1",
        "CustomerMobile": "1",
        "CustomerEmail": "1",
        "Engagement_Type": "1",
        "Model": "x" * 5000,
    }
    messages = (
        "Missing required fields",
        "Invalid City/State format",
        "Invalid Pincode format",
        "Invalid Mobile Number format",
        "Invalid Email format",
        "Invalid Engagement_Type",
        "Invalid request data",
    )
    for skipped, message in enumerate(messages):
        changes = dict(list(bad.items())[skipped:])
        answer = partner.send_order(partner.order(**changes))
        report.see(
            SECTION,
            f"several breaches, first: {next(iter(changes))}",
            refusal(400, message, *changes),
            answer,
        )


def _maxima(report: Report, partner: Partner) -> None:
    """Each published maximum length holds: one more is refused."""
    schemas = ((partner.client.send("GET", "schema/").json or {}).get("components") or {}).get("schemas", {})
    fields = schemas.get("RepairOrder", {}).get("properties", {})
    ruled = {name: message for name, message, _ in BREACHES}
    for name in sorted({*partner.order(), "AddressLine2"} - {"Engagement_Type"}):
        maximum = fields.get(name, {}).get("maxLength", 0)
        report.hold(SECTION, f"{name} has a published maximum", "True", maximum > 0)
        answer = partner.send_order(partner.order(**{name: "9" * (maximum + 1)}))
        message = ruled.get(name, "Invalid request data")
        report.see(SECTION, f"{name} longer than {maximum}", refusal(400, message, name), answer)


def _answer(reference: str) -> Expectation:
    return Expectation(
        200,
        {
            "Success": "True",
            "Message": "Repair request has been raised successfully",
            "Status_code": "200",
            "DATA": {"request_id": REQUEST_ID, "service_request_id": reference},
        },
    )


def _good(report: Report, partner: Partner) -> None:
    for case, changes in {
        "Home": {},
        "Pickup": {"Engagement_Type": "Pickup"},
        "Walk-in": {"Engagement_Type": "Walk-in"},
        "with AddressLine2": {"AddressLine2": "MG Road"},
        "Medchal-Malkajgiri, Tamil Nadu": {"City": "Medchal-Malkajgiri", "State": "Tamil Nadu"},
    }.items():
        order = partner.order(**changes)
        report.see(SECTION, f"stored: {case}", _answer(order["repair_ref_no"]), partner.send_order(order))
    order = partner.order()
    answer = partner.client.post_json("repair/single-order", order, partner.bearer)
    report.see(SECTION, "stored: without the slash", _answer(order["repair_ref_no"]), answer)


def _duplicates(report: Report, partner: Partner) -> None:
    order = partner.order()
    reference = order["repair_ref_no"]
    first = report.see(SECTION, "stored: first of two", _answer(reference), partner.send_order(order))
    data = (first.json or {}).get("DATA") or {}
    again = refusal(409, "Duplicate repair reference number", DATA=data)
    report.see(SECTION, "duplicate, with the first order's ID", again, partner.send_order(order))
    contested = partner.order()
    _ = partner.token  # fetched before the race
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(partner.send_order, [contested] * AT_ONCE))
    statuses = sorted(Counter(answer.status for answer in answers).items())
    report.hold(
        SECTION, f"{AT_ONCE} at once with one reference", f"[(200, 1), (409, {AT_ONCE - 1})]", statuses
    )
    ids = {((answer.json or {}).get("DATA") or {}).get("request_id") for answer in answers}
    report.hold(SECTION, "… all name the same request ID", "1", len(ids))
    today = re.compile(r"REPAIR20[0-9]{6}[0-9]{4,6}")
    report.hold(SECTION, "the request ID's form", "True", bool(today.fullmatch(str(data.get("request_id")))))
