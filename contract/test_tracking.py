"""Section 6: tracking."""

import re
import time
from typing import NamedTuple
from urllib.parse import quote

import pytest

from contract.answers import assert_refused, moment
from contract.conftest import Manage
from contract.partner import Partner
from tests.support.http import Answer

ABSENT = "ReferenceID is required as a query parameter"
UNKNOWN = "Reference ID does not exist"
INVALID = "Invalid request data"
RECORDED = ("assigned", "reached customer location", "reached customer location")
MEMBERS = {"current_status", "tracking_details", "workflow", "is_final", "waiting_on", "expected_hours"}


class Order(NamedTuple):
    reference: str
    request_id: str


def new_order(partner: Partner) -> Order:
    reference = partner.reference()
    return Order(reference, partner.new_order(repair_ref_no=reference))


def look_up(partner: Partner, reference: str, **headers: str) -> Answer:
    return partner.track(f"?ReferenceID={quote(reference)}", **headers)


def statuses(answer: Answer) -> list[str]:
    return [entry["status"] for entry in answer.json["DATA"]["tracking_details"]]


@pytest.fixture(scope="module")
def waiting(partner: Partner) -> Order:
    """An order whose tracking has not started."""
    order = new_order(partner)
    if look_up(partner, order.reference).json["DATA"]["current_status"] is not None:
        pytest.skip("a sandbox order starts at once")
    return order


@pytest.fixture(scope="module")
def tracked(partner: Partner, manage: Manage) -> Order:
    """An order of the Technician Flow with a visit and a second one."""
    order = new_order(partner)
    for status in RECORDED:
        manage("record_status", order.request_id, status, "--workflow", "technician")
    return order


@pytest.mark.parametrize("query", ["", "?ReferenceID=", "?ReferenceID=%20", "?referenceid=X"])
def test_a_missing_reference_is_refused(partner: Partner, query: str) -> None:
    assert_refused(partner.track(query), 400, ABSENT)


@pytest.mark.parametrize("reference", ["no-such-order", "R" * 2000, "%00'%ED%A0%BD"])
def test_what_is_no_reference_does_not_exist(partner: Partner, reference: str) -> None:
    assert_refused(partner.track(f"?ReferenceID={reference}"), 404, UNKNOWN)


def test_references_are_case_sensitive(partner: Partner) -> None:
    assert_refused(look_up(partner, new_order(partner).reference.lower()), 404, UNKNOWN)


def test_another_partners_order_looks_absent(partner: Partner, rival: Partner) -> None:
    order = new_order(rival)
    for name in order:
        assert_refused(look_up(partner, name), 404, UNKNOWN)


def test_an_order_not_started(partner: Partner, waiting: Order) -> None:
    for name in waiting:
        answer = look_up(partner, name)
        assert answer.status == 200
        data = answer.json.pop("DATA")
        assert {name: value for name, value in answer.json.items() if name != "DATA"} == {
            "Success": "True",
            "Status_code": "200",
            "Message": "No tracking information available",
        }
        assert (data["current_status"], data["tracking_details"]) == (None, [])


def test_a_started_order(partner: Partner, tracked: Order) -> None:
    answer = look_up(partner, tracked.reference)
    data = answer.json["DATA"]
    assert (answer.status, set(answer.json)) == (200, {"Success", "Status_code", "DATA"})
    assert set(data) >= MEMBERS
    assert statuses(answer) == [
        "created",
        "assigned",
        "reached customer location - 1",
        "reached customer location - 2",
    ]
    assert data["current_status"] == data["tracking_details"][-1]
    assert (data["workflow"], data["is_final"], data["waiting_on"]) == ("technician", False, "us")


def test_the_history_runs_oldest_first(partner: Partner, tracked: Order) -> None:
    details = look_up(partner, tracked.request_id).json["DATA"]["tracking_details"]
    moments = [moment(entry["date"]) for entry in details]
    assert moments == sorted(moments)


@pytest.mark.parametrize("kind", ["waiting", "tracked"])
def test_an_unchanged_answer_is_304(partner: Partner, kind: str, request: pytest.FixtureRequest) -> None:
    order: Order = request.getfixturevalue(kind)
    first = look_up(partner, order.reference)
    assert re.fullmatch('(W/)?"[^"]+"', first.headers["ETag"])
    again = look_up(partner, order.reference, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    for name in ("ETag", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_another_etag_gets_the_whole_answer(partner: Partner) -> None:
    order = new_order(partner)
    assert look_up(partner, order.reference, If_None_Match='"x"').status == 200


def test_a_new_status_changes_the_etag(partner: Partner, manage: Manage) -> None:
    order = new_order(partner)
    etag = look_up(partner, order.reference).headers["ETag"]
    manage("record_status", order.request_id, "assigned", "--workflow", "technician")
    answer = look_up(partner, order.reference, If_None_Match=etag)
    assert (answer.status, statuses(answer)) == (200, ["created", "assigned"])


def test_nothing_follows_delivered(partner: Partner, manage: Manage) -> None:
    order = new_order(partner)
    manage("record_status", order.request_id, "delivered", "--workflow", "no_part")
    with pytest.raises(AssertionError, match="delivered"):
        manage("record_status", order.request_id, "assigned")
    data = look_up(partner, order.reference).json["DATA"]
    assert (data["is_final"], data["waiting_on"]) == (True, None)


def test_many_are_answered_in_the_order_asked(partner: Partner) -> None:
    one, two = new_order(partner), new_order(partner)
    query = f"?ReferenceID={two.request_id},nothing&ReferenceID={one.reference}"
    answer = partner.track(f"batch/{query}")
    first, second, third = answer.json["DATA"]
    assert (answer.status, answer.json["Success"]) == (200, "True")
    assert (first["ReferenceID"], first["service_request_id"]) == (two.request_id, two.reference)
    missing = {"ReferenceID": "nothing", "Success": "False", "Status_code": "404", "Message": UNKNOWN}
    assert second == missing
    assert (third["ReferenceID"], third["request_id"]) == (one.reference, one.request_id)
    assert {"current_status", "tracking_details"} <= set(third["DATA"])


def test_posted_references_are_taken_as_they_are(partner: Partner) -> None:
    reference = f"{partner.reference()},with comma"
    request_id = partner.new_order(repair_ref_no=reference)
    body = {"ReferenceID": [reference, request_id]}
    answer = partner.client.post_json("claim/tracking/batch/", body, partner.key)
    assert [entry["ReferenceID"] for entry in answer.json["DATA"]] == body["ReferenceID"]
    assert {entry["request_id"] for entry in answer.json["DATA"]} == {request_id}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", ABSENT),
        ("?ReferenceID=" + ",".join(map(str, range(101))), INVALID),
        ("?ReferenceID=a&modified_since=2026-01-01T00:00:00Z", INVALID),
        ("?modified_since=yesterday", INVALID),
        ("?modified_since=2026-01-01T00:00:00Z&cursor=made-up", INVALID),
    ],
)
def test_a_wrong_question_about_many_is_refused(partner: Partner, query: str, message: str) -> None:
    assert_refused(partner.track(f"batch/{query}"), 400, message)


def test_changes_are_listed_page_by_page(partner: Partner, tracked: Order) -> None:
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 600))
    query, seen = f"?modified_since={since}", []
    while query:
        body = partner.track(f"batch/{query}").json
        seen += [entry["request_id"] for entry in body["DATA"]]
        cursor = body.get("Next_Cursor")
        query = f"?cursor={quote(cursor)}" if cursor else ""
    assert tracked.request_id in seen
    assert len(seen) == len(set(seen))
