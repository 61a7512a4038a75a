"""GET claim/tracking/."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from partners.services import NewPartner
from tests.support.tracked_orders import ADMIN, make_order, make_tracked, workflow
from tracking import queries, services
from tracking.models import OrderTracking, WorkflowStep

PATH = "/api/warrantify/claim/tracking/"
UNKNOWN = {"Success": "False", "Status_code": "404", "Message": "Reference ID does not exist"}
REQUIRED = {
    "Success": "False",
    "Status_code": "400",
    "Message": "ReferenceID is required as a query parameter",
}


def look_up(client: APIClient, reference: str, **headers: str) -> Any:
    return client.get(PATH, {"ReferenceID": reference}, headers=headers)


def statuses(answer: Any) -> list[str]:
    return [entry["status"] for entry in answer.json()["DATA"]["tracking_details"]]


def test_a_started_order(key_api: APIClient, acme: NewPartner) -> None:
    created_at = datetime(2026, 11, 23, 8, 35, 9, 999_999, tzinfo=UTC)
    order = make_order(acme.partner, created_at=created_at)
    services.start(order, workflow("technician"), source=ADMIN)
    at = created_at + timedelta(minutes=1)
    services.record(order, "reached customer location", at=at, source=ADMIN)
    last = {"date": "23-11-2026 14:06:09", "status": "reached customer location - 1"}
    assert look_up(key_api, order.request_id).json() == {
        "Success": "True",
        "Status_code": "200",
        "DATA": {
            "current_status": last,
            "tracking_details": [{"date": "23-11-2026 14:05:09", "status": "created"}, last],
            "workflow": "technician",
            "is_final": False,
            "waiting_on": "us",
            "expected_hours": 2,
            "estimate": None,
        },
    }


def test_a_delivered_order_waits_for_nobody(key_api: APIClient, acme: NewPartner) -> None:
    data = look_up(key_api, make_tracked(acme.partner, "delivered").order.request_id).json()["DATA"]
    assert (data["is_final"], data["waiting_on"], data["expected_hours"]) == (True, None, None)


def test_an_order_is_found_by_the_partners_own_reference(key_api: APIClient, acme: NewPartner) -> None:
    make_tracked(acme.partner, "assigned", reference="Ref, with/odd ünits")
    assert statuses(look_up(key_api, " Ref, with/odd ünits ")) == ["created", "assigned"]


def test_a_request_id_wins_over_an_equal_reference(key_api: APIClient, acme: NewPartner) -> None:
    winner = make_order(acme.partner, "first")
    make_tracked(acme.partner, "assigned", reference=winner.request_id)
    assert look_up(key_api, winner.request_id).json()["DATA"]["tracking_details"] == []


def test_a_request_id_wins_over_an_equal_reference_with_histories(
    key_api: APIClient, acme: NewPartner
) -> None:
    winner = make_tracked(acme.partner, "delivered", reference="first").order
    make_tracked(acme.partner, "assigned", reference=winner.request_id)
    assert statuses(look_up(key_api, winner.request_id)) == ["created", "delivered"]


@pytest.mark.parametrize("reference", ["rep10001", "REP1000", "REP%", "x" * 101, "a\0b", "a\tb", "\ud800"])
def test_what_is_no_reference_of_ours_is_404(key_api: APIClient, acme: NewPartner, reference: str) -> None:
    make_tracked(acme.partner)
    answer = key_api.get(f"{PATH}?ReferenceID={quote(reference, errors='surrogatepass')}")
    assert (answer.status_code, answer.json()) == (404, UNKNOWN)


def test_another_partners_order_looks_absent(key_api: APIClient, rival: NewPartner) -> None:
    order = make_tracked(rival.partner, reference="THEIRS").order
    for reference in ("THEIRS", order.request_id):
        answer = look_up(key_api, reference)
        assert (answer.status_code, answer.json()) == (404, UNKNOWN)


def test_credentials_come_before_the_reference(api: APIClient) -> None:
    answer = api.get(PATH)
    assert answer.status_code == 401
    assert answer.json()["Message"] == "Invalid or missing API key"
    assert answer.headers["WWW-Authenticate"]


def test_of_repeated_references_the_last_counts(key_api: APIClient, acme: NewPartner) -> None:
    make_tracked(acme.partner)
    assert key_api.get(f"{PATH}?ReferenceID=other&ReferenceID=REP10001").status_code == 200


@pytest.mark.parametrize("visits", [0, 40])
def test_two_queries_answer_however_long_the_history(
    key_api: APIClient, acme: NewPartner, visits: int
) -> None:
    make_tracked(acme.partner, *["reached customer location"] * visits)
    look_up(key_api, "REP10001")  # the first use of the day notes itself on the key
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(statuses(look_up(key_api, "REP10001"))) == visits + 1
    assert len(queries) == 2


def test_every_status_is_seen_as_it_is_recorded(key_api: APIClient, acme: NewPartner) -> None:
    for flow in ("service_center", "technician", "no_part"):
        order = make_order(acme.partner, flow)
        services.start(order, workflow(flow), source=ADMIN)
        codes = list(WorkflowStep.objects.filter(workflow__code=flow).values_list("code", flat=True))
        for number, code in enumerate(codes[1:], 2):
            services.record(order, code, source=ADMIN)
            shown = [status.removesuffix(" - 1") for status in statuses(look_up(key_api, flow))]
            assert shown == codes[:number]


def test_a_voided_event_vanishes(key_api: APIClient, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned", "delivered")
    services.void(queries.full_history(tracking)[1], by=acme.user, reason="mistake")
    assert statuses(look_up(key_api, "REP10001")) == ["created", "delivered"]
    assert OrderTracking.objects.get().events.count() == 3
