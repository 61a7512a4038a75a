"""What answers must look like."""

import re
from collections.abc import Mapping
from typing import Any

from tests.support.http import Answer

REQUEST_ID = re.compile(r"REPAIR20[0-9]{6}[0-9]{4,6}")
TIME = re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}")

Json = Mapping[str, Any]


def assert_refused(
    answer: Answer, status: int, message: str, *fields: str, numeric: bool = False, **members: Any
) -> None:
    """Asserts the envelope of an error: `Errors` names exactly `fields`, `members` are all there is besides.

    `numeric` is the integer `Status_code` of bulk-order.
    """
    body = answer.json
    assert isinstance(body, dict), f"{answer.status} {answer.body[:200]!r}"
    errors = body.pop("Errors", None)
    expected = {"Success": "False", "Status_code": status if numeric else str(status), "Message": message}
    assert (answer.status, body) == (status, {**expected, **members}), errors
    assert type(body["Status_code"]) is type(expected["Status_code"])
    if fields:
        assert set(errors or {}) == set(fields)
    for sentences in (errors or {}).values():
        assert sentences
        assert all(isinstance(sentence, str) and sentence for sentence in sentences)
    assert answer.headers.get_content_type() == "application/json"
    if status == 401:
        assert answer.headers["WWW-Authenticate"]


def assert_order_answer(answer: Answer, reference: str) -> str:
    """Asserts the answer to a stored order and returns its request ID."""
    body = answer.json
    assert answer.status == 200, body
    request_id = body["DATA"]["request_id"]
    assert body == {
        "Success": "True",
        "Message": "Repair request has been raised successfully",
        "Status_code": "200",
        "DATA": {"request_id": request_id, "service_request_id": reference},
    }
    assert REQUEST_ID.fullmatch(request_id)
    return str(request_id)


def assert_uploaded(
    answer: Answer,
    message: str,
    references: list[str],
    duplicates: list[str] | None = None,
    invalid: list[tuple[int, str, set[str]]] | None = None,
    *,
    stored: bool = True,
) -> None:
    """Asserts the answer to an upload; `invalid` lists row, reference and names of the fields to blame."""
    duplicates, invalid = duplicates or [], invalid or []
    body = answer.json
    assert answer.status == 200, body
    rows = body.pop("Invalid_Orders")
    data = body.pop("DATA")
    assert body == {
        "Success": "True",
        "Status_code": 200,
        "Message": message,
        "Uploaded_Orders_Count": len(references),
        "Duplicate_Orders_Count": len(duplicates),
        "Duplicate_Reference_IDs": duplicates,
        "Invalid_Orders_Count": len(invalid),
    }
    assert [(row["row"], row["repair_ref_no"], set(row["errors"])) for row in rows] == invalid
    assert [order["service_request_id"] for order in data] == references
    for order in data:
        assert set(order) == {"service_request_id", "request_id"} if stored else {"service_request_id"}
        assert not stored or REQUEST_ID.fullmatch(order["request_id"])


def moment(date: str) -> tuple[str, str, str, str]:
    """A key that sorts the wire's dates, `DD-MM-YYYY HH:MM:SS`."""
    assert TIME.fullmatch(date)
    return date[6:10], date[3:5], date[:2], date[11:]
