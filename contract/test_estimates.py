"""Section 9: estimates and their approval."""

import time
from typing import Any
from urllib.parse import quote

import pytest

from contract.answers import assert_refused
from contract.conftest import Manage
from contract.partner import Partner
from tests.support.http import Answer

PATH = "claim/estimate/"
UNKNOWN = "Reference ID does not exist"
LINES = ("--line", "part:Battery:1:2500", "--line", "labour:Fitting: screen off:0.5:0.99")
EMPTY_FIELDS = ("ReferenceID", "estimate_no", "decision", "decided_by")


class Order:
    """An order of the partner, its estimates raised from the shell."""

    def __init__(self, partner: Partner, manage: Manage) -> None:
        self.partner, self.manage = partner, manage
        self.reference = partner.reference()
        self.request_id = partner.new_order(repair_ref_no=self.reference)

    def raise_estimate(self, *options: str, waiting: bool = True) -> int:
        printed = self.manage("raise_estimate", self.request_id, *(options or LINES))
        if waiting:
            self.record("awaiting approval")
        return int(printed)

    def record(self, status: str) -> None:
        self.manage("record_status", self.request_id, status)

    def read(self) -> Answer:
        return self.partner.get(f"{PATH}?ReferenceID={quote(self.reference)}")

    def track(self) -> Answer:
        return self.partner.track(f"?ReferenceID={quote(self.reference)}")

    def decide(self, decision: object = "approve", **changes: Any) -> Answer:
        body = {
            "ReferenceID": self.reference,
            "estimate_no": 1,
            "decision": decision,
            "decided_by": "Asha Rao",
            "reason": "Too expensive",
            **changes,
        }
        sent = {name: value for name, value in body.items() if value is not ...}
        return self.partner.client.post_json(PATH, sent, self.partner.key)


@pytest.fixture
def order(partner: Partner, manage: Manage) -> Order:
    return Order(partner, manage)


def test_an_order_without_an_estimate(order: Order) -> None:
    answer = order.read()
    assert (answer.status, answer.json) == (
        200,
        {"Success": "True", "Status_code": "200", "Message": "No estimate available", "DATA": None},
    )


def test_an_estimate_as_it_was_raised(order: Order) -> None:
    assert order.raise_estimate(*LINES, "--tax", "18", "--note", "Swollen battery", waiting=False) == 1
    body = order.read().json
    data = body.pop("DATA")
    assert body == {"Success": "True", "Status_code": "200"}
    assert (data.pop("raised")[2], data.pop("valid_until")[2]) == ("-", "-")
    assert data == {
        "estimate_no": 1,
        "state": "raised",
        "currency": "INR",
        "lines": [
            {
                "kind": "part",
                "description": "Battery",
                "quantity": "1",
                "unit_price": "2500.00",
                "amount": "2500.00",
            },
            {
                "kind": "labour",
                "description": "Fitting: screen off",
                "quantity": "0.5",
                "unit_price": "0.99",
                "amount": "0.50",
            },
        ],
        "subtotal": "2500.50",
        "tax_percent": "18.00",
        "tax": "450.09",
        "total": "2950.59",
        "note": "Swollen battery",
        "decided": None,
        "decided_by": None,
        "reason": None,
    }


def test_tracking_shows_it_and_its_etag_follows(order: Order) -> None:
    order.raise_estimate()
    before = order.track()
    estimate = before.json["DATA"]["estimate"]
    assert set(estimate) == {"estimate_no", "state", "currency", "total", "valid_until"}
    assert (estimate["state"], estimate["total"]) == ("awaiting_approval", "2950.59")
    order.decide("decline")
    after = order.track()
    assert after.headers["ETag"] != before.headers["ETag"]
    assert (after.json["DATA"]["estimate"]["state"], after.json["DATA"]["waiting_on"]) == ("declined", "us")
    order.record("part demanded")
    assert order.track().json["DATA"]["waiting_on"] == "parts"


def test_approving_records_the_status(order: Order) -> None:
    order.raise_estimate()
    answer = order.decide(reason=...)
    assert (answer.status, answer.json["Message"]) == (200, "Estimate approved")
    assert (answer.json["DATA"]["state"], answer.json["DATA"]["decided_by"]) == ("approved", "Asha Rao")
    assert order.track().json["DATA"]["current_status"]["status"] == "approved"


def test_declining_records_none_and_may_be_repeated(order: Order) -> None:
    order.raise_estimate()
    first = order.decide("decline")
    assert (first.status, first.json["Message"]) == (200, "Estimate declined")
    assert first.json["DATA"]["reason"] == "Too expensive"
    time.sleep(1.1)  # a second decision would have another time
    assert order.decide("decline", decided_by="Somebody else").json == first.json
    assert order.track().json["DATA"]["current_status"]["status"] == "awaiting approval"


@pytest.mark.parametrize("field", EMPTY_FIELDS)
@pytest.mark.parametrize("value", [..., None, "  "])
def test_a_missing_field_is_refused(order: Order, field: str, value: object) -> None:
    assert_refused(order.decide(**{field: value}), 400, "Missing required fields", field)


def test_a_decline_needs_a_reason(order: Order) -> None:
    assert_refused(order.decide("decline", reason=...), 400, "Missing required fields", "reason")


@pytest.mark.parametrize("decision", ["Approve", "yes", 1, True])
def test_another_decision_is_refused(order: Order, decision: object) -> None:
    assert_refused(order.decide(decision), 400, "Invalid decision", "decision")


@pytest.mark.parametrize("number", [0, 2, "one", 10**20])
def test_an_unknown_number_is_refused(order: Order, number: object) -> None:
    order.raise_estimate()
    assert_refused(order.decide(estimate_no=number), 404, "Estimate does not exist")


def test_what_was_decided_stays(order: Order) -> None:
    order.raise_estimate()
    decided = order.decide("decline").json["DATA"]
    assert_refused(order.decide(), 409, "Estimate was already decided", DATA=decided)


def test_a_superseded_estimate_names_the_newer(order: Order) -> None:
    order.raise_estimate()
    assert order.raise_estimate("--line", "other:Courier:1:99.5") == 2
    newer = order.read().json["DATA"]
    assert_refused(order.decide(), 409, "Estimate has been superseded", DATA=newer)


def test_what_does_not_wait_is_refused(order: Order) -> None:
    order.raise_estimate(waiting=False)
    assert_refused(order.decide(), 409, "Estimate is not awaiting approval")
    order.record("awaiting approval")
    order.record("part demanded")
    assert_refused(order.decide(), 409, "Estimate is not awaiting approval")


def test_staff_may_record_the_approval(order: Order) -> None:
    order.raise_estimate()
    order.record("approved")
    data = order.read().json["DATA"]
    assert data["state"] == "approved" and data["decided_by"]


def test_another_partners_estimate_looks_absent(rival: Partner, order: Order) -> None:
    order.raise_estimate()
    assert_refused(rival.get(f"{PATH}?ReferenceID={quote(order.reference)}"), 404, UNKNOWN)
    body = {"ReferenceID": order.reference, "estimate_no": 1, "decision": "approve", "decided_by": "A"}
    assert_refused(rival.client.post_json(PATH, body, rival.key), 404, UNKNOWN)


def test_a_reference_is_required(partner: Partner) -> None:
    assert_refused(partner.get(PATH), 400, "ReferenceID is required as a query parameter")


def test_a_key_is_required(partner: Partner) -> None:
    assert_refused(partner.client.get(f"{PATH}?ReferenceID=x"), 401, "Invalid or missing API key")
    assert_refused(partner.client.post_json(PATH, {}), 401, "Invalid or missing API key")


def test_an_unknown_approval_link_is_a_plain_404(partner: Partner) -> None:
    answer = partner.client.get("/estimate/there-is-no-such-token/")
    assert (answer.status, answer.headers.get_content_type()) == (404, "text/html")
