"""`claim/estimate/`: what partners read and decide (docs/contract.md section 9)."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from estimates.drafts import LineText
from estimates.models import Estimate
from partners.services import NewPartner
from tests.estimates.factory import make_estimate, raise_again
from tests.support.tracked_orders import ADMIN, make_order
from tracking import services as tracking_services
from tracking.models import OrderTracking

pytestmark = pytest.mark.django_db

URL = "/api/warrantify/claim/estimate/"


def read(api: APIClient, reference: str = "REP10001") -> dict[str, Any]:
    answer: dict[str, Any] = api.get(URL, {"ReferenceID": reference}).json()
    return answer


def decide(api: APIClient, decision: Any = "approve", **changes: Any) -> tuple[int, dict[str, Any]]:
    body = {
        "ReferenceID": "REP10001",
        "estimate_no": 1,
        "decision": decision,
        "decided_by": "Asha Rao",
        "reason": "Too expensive",
        **changes,
    }
    response = api.post(URL, {k: v for k, v in body.items() if v is not ...}, format="json")
    return response.status_code, response.json()


def poll(api: APIClient) -> dict[str, Any]:
    data: dict[str, Any] = api.get("/api/warrantify/claim/tracking/", {"ReferenceID": "REP10001"}).json()[
        "DATA"
    ]
    return data


def test_an_order_without_an_estimate(acme: NewPartner, key_api: APIClient) -> None:
    make_order(acme.partner)
    assert read(key_api) == {
        "Success": "True",
        "Status_code": "200",
        "Message": "No estimate available",
        "DATA": None,
    }


def test_the_current_estimate(acme: NewPartner, key_api: APIClient) -> None:
    estimate = make_estimate(acme.partner, waiting=False)
    assert read(key_api) == {
        "Success": "True",
        "Status_code": "200",
        "DATA": {
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
                }
            ],
            "subtotal": "2500.00",
            "tax_percent": "18.00",
            "tax": "450.00",
            "total": "2950.00",
            "note": "",
            "valid_until": f"{timezone.localdate() + timedelta(days=7):%d-%m-%Y}",
            "raised": f"{timezone.localtime(estimate.raised_at):%d-%m-%Y %H:%M:%S}",
            "decided": None,
            "decided_by": None,
            "reason": None,
        },
    }


def test_the_largest_amount_is_exact(acme: NewPartner, key_api: APIClient) -> None:
    make_estimate(acme.partner, LineText("part", "Gold", "9999999.999", "9999999.99"))
    assert read(key_api)["DATA"]["lines"][0]["amount"] == "99999999890000.00"
    assert poll(key_api)["estimate"]["total"] == "117999999870200.00"


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({}, 400, "ReferenceID is required as a query parameter"),
        ({"ReferenceID": "no such"}, 404, "Reference ID does not exist"),
    ],
)
def test_a_reading_is_refused_as_tracking_is(
    key_api: APIClient, query: dict[str, str], status: int, message: str
) -> None:
    response = key_api.get(URL, query)
    assert (response.status_code, response.json()["Message"]) == (status, message)


def test_another_partners_estimate_is_absent(acme: NewPartner, rival: NewPartner, api: APIClient) -> None:
    make_estimate(acme.partner)
    api.credentials(HTTP_X_API_KEY=rival.api_key)
    assert read(api)["Message"] == "Reference ID does not exist"
    assert decide(api)[0] == 404


def test_an_approval_is_recorded_in_the_history(acme: NewPartner, key_api: APIClient) -> None:
    make_estimate(acme.partner)
    status, body = decide(key_api)
    assert (status, body["Success"], body["Status_code"], body["Message"]) == (
        200,
        "True",
        "200",
        "Estimate approved",
    )
    assert body["DATA"]["state"] == "approved" and body["DATA"]["decided_by"] == "Asha Rao"
    assert poll(key_api)["current_status"]["status"] == "approved"


def test_a_decline_records_no_status_and_waits_for_us(acme: NewPartner, key_api: APIClient) -> None:
    make_estimate(acme.partner)
    assert poll(key_api)["waiting_on"] == "approval"
    status, body = decide(key_api, "decline")
    assert (status, body["Message"], body["DATA"]["reason"]) == (200, "Estimate declined", "Too expensive")
    tracking = poll(key_api)
    assert (tracking["current_status"]["status"], tracking["waiting_on"]) == ("awaiting approval", "us")


def test_the_next_status_ends_the_wait_for_us(acme: NewPartner, key_api: APIClient) -> None:
    estimate = make_estimate(acme.partner)
    decide(key_api, "decline")
    tracking_services.record(estimate.order, "part demanded", source=ADMIN)
    assert poll(key_api)["waiting_on"] == "parts"


def test_the_same_decision_again_is_the_same_answer(acme: NewPartner, key_api: APIClient) -> None:
    make_estimate(acme.partner)
    first = decide(key_api)
    assert decide(key_api, decided_by="Somebody else") == first


def test_the_same_decision_on_an_older_estimate_is_the_same_answer(
    acme: NewPartner, key_api: APIClient
) -> None:
    estimate = make_estimate(acme.partner)
    first = decide(key_api, "decline")
    raise_again(estimate.order)
    assert decide(key_api, "decline") == first


@pytest.mark.parametrize("absent", ["ReferenceID", "estimate_no", "decision", "decided_by"])
def test_a_missing_field_is_named(acme: NewPartner, key_api: APIClient, absent: str) -> None:
    make_estimate(acme.partner)
    status, body = decide(key_api, **{absent: ...})
    assert (status, body["Message"]) == (400, "Missing required fields")
    assert body["Errors"] == {absent: ["This field is required."]}


@pytest.mark.parametrize("reason", [..., None, "", "  "])
def test_a_decline_needs_a_reason(acme: NewPartner, key_api: APIClient, reason: object) -> None:
    make_estimate(acme.partner)
    status, body = decide(key_api, "decline", reason=reason)
    assert (status, body["Message"], list(body["Errors"])) == (400, "Missing required fields", ["reason"])


@pytest.mark.parametrize("decision", ["Approve", "yes", 1, True, ["approve"]])
def test_another_decision_is_invalid(acme: NewPartner, key_api: APIClient, decision: Any) -> None:
    make_estimate(acme.partner)
    status, body = decide(key_api, decision)
    assert (status, body["Message"], list(body["Errors"])) == (400, "Invalid decision", ["decision"])


@pytest.mark.parametrize(
    "change",
    [{"decided_by": "x" * 201}, {"reason": "x" * 1001}, {"decided_by": "a\0b"}, {"estimate_no": [1]}],
)
def test_text_that_cannot_be_kept_is_named(
    acme: NewPartner, key_api: APIClient, change: dict[str, Any]
) -> None:
    make_estimate(acme.partner)
    status, body = decide(key_api, **change)
    assert (status, body["Message"], list(body["Errors"])) == (400, "Invalid request data", list(change))


@pytest.mark.parametrize("number", [2, 0, -1, 1.5, "one", "\u0661", 10**30])
def test_an_unknown_number(acme: NewPartner, key_api: APIClient, number: Any) -> None:
    make_estimate(acme.partner)
    status, body = decide(key_api, estimate_no=number)
    assert (status, body) == (
        404,
        {"Success": "False", "Status_code": "404", "Message": "Estimate does not exist"},
    )


@pytest.mark.parametrize("number", ["1", 1.0, " 1 "])
def test_a_number_in_other_words(acme: NewPartner, key_api: APIClient, number: Any) -> None:
    make_estimate(acme.partner)
    assert decide(key_api, estimate_no=number)[0] == 200


def test_an_order_without_an_estimate_has_none_of_that_number(acme: NewPartner, key_api: APIClient) -> None:
    make_order(acme.partner)
    assert decide(key_api)[1]["Message"] == "Estimate does not exist"


def test_what_was_decided_otherwise_stays(acme: NewPartner, key_api: APIClient) -> None:
    make_estimate(acme.partner)
    decide(key_api, "decline")
    status, body = decide(key_api)
    assert (status, body["Message"]) == (409, "Estimate was already decided")
    assert (body["DATA"]["estimate_no"], body["DATA"]["state"]) == (1, "declined")


def test_a_superseded_estimate_names_the_newer(acme: NewPartner, key_api: APIClient) -> None:
    estimate = make_estimate(acme.partner)
    raise_again(estimate.order)
    status, body = decide(key_api)
    assert (status, body["Message"]) == (409, "Estimate has been superseded")
    assert (body["DATA"]["estimate_no"], body["DATA"]["state"]) == (2, "awaiting_approval")


def test_an_expired_estimate_is_shown_and_refused(acme: NewPartner, key_api: APIClient) -> None:
    make_estimate(acme.partner, valid_until=timezone.localdate())
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert read(key_api)["DATA"]["state"] == "expired"
        assert poll(key_api)["estimate"]["state"] == "expired"
        status, body = decide(key_api)
    assert (status, body) == (
        409,
        {"Success": "False", "Status_code": "409", "Message": "Estimate has expired"},
    )


def test_validity_ends_with_its_day_in_the_servers_zone(acme: NewPartner, key_api: APIClient) -> None:
    make_estimate(acme.partner, valid_until=date(2030, 6, 1))
    with time_machine.travel("2030-06-01T18:29:59Z"):
        assert read(key_api)["DATA"]["state"] == "awaiting_approval"
    with time_machine.travel("2030-06-01T18:30:00Z"):
        assert read(key_api)["DATA"]["state"] == "expired"


def test_what_does_not_wait_is_refused(acme: NewPartner, key_api: APIClient) -> None:
    make_estimate(acme.partner, waiting=False)
    assert decide(key_api) == (
        409,
        {"Success": "False", "Status_code": "409", "Message": "Estimate is not awaiting approval"},
    )


def test_another_status_recorded_meanwhile_ends_the_wait(acme: NewPartner, key_api: APIClient) -> None:
    estimate = make_estimate(acme.partner)
    tracking_services.record(estimate.order, "part demanded", source=ADMIN)
    assert decide(key_api)[1]["Message"] == "Estimate is not awaiting approval"
    assert read(key_api)["DATA"]["state"] == "raised"


def test_a_poll_shows_the_summary_in_one_read(
    acme: NewPartner, key_api: APIClient, django_assert_num_queries: Any
) -> None:
    make_estimate(acme.partner)
    poll(key_api)  # notes the key's use, and reads the steps once
    with django_assert_num_queries(2):  # the key, the order
        shown = poll(key_api)["estimate"]
    assert shown == {
        "estimate_no": 1,
        "state": "awaiting_approval",
        "currency": "INR",
        "total": "2950.00",
        "valid_until": f"{timezone.localdate() + timedelta(days=7):%d-%m-%Y}",
    }


def test_the_etag_follows_the_estimate(acme: NewPartner, key_api: APIClient) -> None:
    make_estimate(acme.partner, valid_until=timezone.localdate())
    url, query = "/api/warrantify/claim/tracking/", {"ReferenceID": "REP10001"}
    waiting = key_api.get(url, query)["ETag"]
    assert key_api.get(url, query, HTTP_IF_NONE_MATCH=waiting).status_code == 304
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert key_api.get(url, query, HTTP_IF_NONE_MATCH=waiting).status_code == 200
    decide(key_api, "decline")
    assert key_api.get(url, query, HTTP_IF_NONE_MATCH=waiting).status_code == 200


def test_an_order_without_an_estimate_shows_null(acme: NewPartner, key_api: APIClient) -> None:
    order = make_order(acme.partner)
    tracking_services.apply(tracking_services.Change(order, "estimation raised"), source=ADMIN)
    assert poll(key_api)["estimate"] is None
    assert OrderTracking.objects.get().estimate_no is None and not Estimate.objects.exists()
