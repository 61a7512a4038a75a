"""GET and POST claim/tracking/batch/."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from rest_framework.test import APIClient

from partners.services import NewPartner
from tests.support.tracked_orders import ADMIN, make_order, make_tracked, workflow
from tests.tracking.test_look_up import REQUIRED, UNKNOWN, look_up
from tracking import services

PATH = "/api/warrantify/claim/tracking/batch/"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ask(client: APIClient, *references: str) -> Any:
    return client.get(f"{PATH}?{urlencode([('ReferenceID', reference) for reference in references])}")


def test_each_reference_gets_the_single_answer_in_the_order_asked(
    key_api: APIClient, acme: NewPartner
) -> None:
    started = make_tracked(acme.partner, "assigned", reference="A").order
    waiting = make_order(acme.partner, "B")
    first, second = ask(key_api, waiting.request_id, "A").json()["DATA"]
    ids = {"ReferenceID": waiting.request_id, "request_id": waiting.request_id, "service_request_id": "B"}
    assert first == {**ids, **look_up(key_api, "B").json()}
    ids = {"ReferenceID": "A", "request_id": started.request_id, "service_request_id": "A"}
    assert second == {**ids, **look_up(key_api, "A").json()}


def test_an_unknown_reference_has_its_own_refusal(
    key_api: APIClient, acme: NewPartner, rival: NewPartner
) -> None:
    make_tracked(rival.partner, reference="THEIRS")
    make_tracked(acme.partner, reference="OURS")
    answer = ask(key_api, "THEIRS", "OURS", "ours", "a\0b", "x" * 101)
    assert answer.status_code == 200
    entries = answer.json()["DATA"]
    assert [entry["Status_code"] for entry in entries] == ["404", "200", "404", "404", "404"]
    assert entries[0] == {"ReferenceID": "THEIRS", **UNKNOWN}


def test_references_may_be_comma_separated_and_repeated(key_api: APIClient, acme: NewPartner) -> None:
    make_tracked(acme.partner, reference="A")
    entries = ask(key_api, "A, B,,A", "A").json()["DATA"]
    assert [entry["ReferenceID"] for entry in entries] == ["A", "B", "A", "A"]
    assert [entry["Status_code"] for entry in entries] == ["200", "404", "200", "200"]


def test_a_request_id_wins_over_an_equal_reference(key_api: APIClient, acme: NewPartner) -> None:
    winner = make_order(acme.partner, "first")
    make_tracked(acme.partner, reference=winner.request_id)
    [entry] = ask(key_api, winner.request_id).json()["DATA"]
    assert entry["service_request_id"] == "first"


def test_a_hundred_references_cost_three_queries(key_api: APIClient, acme: NewPartner) -> None:
    references = [f"R{number}" for number in range(100)]
    for reference in references:
        make_tracked(acme.partner, reference=reference)
    ask(key_api, "R1")
    with CaptureQueriesContext(connection) as queries:
        assert {entry["Status_code"] for entry in ask(key_api, *references).json()["DATA"]} == {"200"}
    assert len(queries) == 3


def test_more_than_a_hundred_references_are_400(key_api: APIClient) -> None:
    answer = ask(key_api, ",".join(["A"] * 101))
    assert answer.status_code == 400
    assert answer.json()["Errors"] == {"ReferenceID": ["Ask for at most 100 references at once."]}


@pytest.mark.parametrize("query", ["", "?ReferenceID=", "?ReferenceID=%20,,", "?modified_since="])
def test_no_reference_is_400(key_api: APIClient, query: str) -> None:
    answer = key_api.get(PATH + query)
    assert (answer.status_code, answer.json()) == (400, REQUIRED)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("modified_since=yesterday", "modified_since"),
        ("modified_since=0001-01-01T00:00:00", "modified_since"),
        ("modified_since=%00", "modified_since"),
        ("cursor=x", "cursor"),
        ("cursor=%FF", "cursor"),
        ("cursor=MjAyNi0xMS0yMA", "cursor"),
        ("cursor=MDAwMS0wMS0wMSBB", "cursor"),
        ("modified_since=0001-01-01T00:00:00Z", "modified_since"),
        ("modified_since=9999-12-31T23:59:59Z", "modified_since"),
        ("modified_since=2026-11-20&ReferenceID=A", "ReferenceID"),
    ],
)
def test_a_question_that_is_none_is_400(key_api: APIClient, query: str, parameter: str) -> None:
    answer = key_api.get(f"{PATH}?{query}")
    assert (answer.status_code, answer.json()["Message"]) == (400, "Invalid request data")
    assert list(answer.json()["Errors"]) == [parameter]


def test_changes_are_listed_from_a_time_on_oldest_first(
    key_api: APIClient, acme: NewPartner, rival: NewPartner
) -> None:
    make_order(acme.partner, "not started")
    make_tracked(rival.partner, reference="theirs")
    for hours, reference in enumerate(["before", "first", "second"]):
        with time_machine.travel(NOON + timedelta(hours=hours), tick=False):
            make_tracked(acme.partner, reference=reference)
    with time_machine.travel(NOON + timedelta(hours=3), tick=False):
        make_tracked(acme.partner, "assigned", reference="third")
    answer = key_api.get(PATH, {"modified_since": "2026-11-20T18:30:00+05:30"}).json()
    assert [entry["service_request_id"] for entry in answer["DATA"]] == ["first", "second", "third"]
    assert answer["Next_Cursor"] is None
    assert answer["DATA"][2]["DATA"] == look_up(key_api, "third").json()["DATA"]


@pytest.mark.parametrize(
    "since", ["2026-11-20T18:30:00 05:30", "2026-11-20T13:00:00Z", "2026-11-20T18:30:00"]
)
def test_a_time_may_lose_its_plus_or_its_offset(key_api: APIClient, acme: NewPartner, since: str) -> None:
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        make_tracked(acme.partner)
    assert len(key_api.get(PATH, {"modified_since": since}).json()["DATA"]) == 1


def test_a_cursor_leads_through_all_changes_once(key_api: APIClient, acme: NewPartner) -> None:
    with time_machine.travel(NOON, tick=False):  # all at one moment: the hard case
        for number in range(201):
            order = make_order(acme.partner, f"R{number}")
            services.start(order, workflow("technician"), source=ADMIN)
    seen, query = [], {"modified_since": "2026-11-20T12:00:00Z"}
    for size in (100, 100, 1):
        answer = key_api.get(PATH, query).json()
        assert len(answer["DATA"]) == size
        seen += [entry["service_request_id"] for entry in answer["DATA"]]
        query = {"cursor": answer["Next_Cursor"]}
    assert query == {"cursor": None}
    assert seen == [f"R{number}" for number in range(201)]


def test_changes_cost_three_queries(key_api: APIClient, acme: NewPartner) -> None:
    for reference in ("A", "B", "C"):
        make_tracked(acme.partner, "assigned", reference=reference)
    key_api.get(PATH)
    with CaptureQueriesContext(connection) as queries:
        assert len(key_api.get(PATH, {"modified_since": "2026-11-20"}).json()["DATA"]) == 3
    assert len(queries) == 3


@pytest.fixture
def cursor(key_api: APIClient, acme: NewPartner) -> str:
    """Acme's own cursor after the first 100 of 101 changes."""
    for number in range(101):
        make_tracked(acme.partner, reference=f"R{number}")
    return str(key_api.get(PATH, {"modified_since": "2026-01-01"}).json()["Next_Cursor"])


def forged(cursor: str, request_id: str) -> str:
    """`cursor` with another order's request ID in it, its signature kept."""
    payload, _, signature = cursor.partition(":")
    changed_at, _ = json.loads(urlsafe_base64_decode(payload))
    changed = json.dumps([changed_at, request_id]).encode()
    return f"{urlsafe_base64_encode(changed)}:{signature}"


def test_a_forged_cursor_tells_nothing_of_foreign_orders(
    key_api: APIClient, rival: NewPartner, cursor: str
) -> None:
    theirs = make_tracked(rival.partner).order.request_id
    answers = [key_api.get(PATH, {"cursor": forged(cursor, name)}) for name in (theirs, "REPAIR1")]
    assert answers[0].json() == answers[1].json()
    assert answers[0].status_code == 400


def test_another_partners_cursor_is_refused(rival: NewPartner, cursor: str) -> None:
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=rival.api_key)
    assert client.get(PATH, {"cursor": cursor}).status_code == 400


def post(client: APIClient, references: Any) -> Any:
    body = json.dumps({"ReferenceID": references})  # escapes what no encoding holds
    return client.post(PATH, body, content_type="application/json")


def test_posted_references_answer_as_asked_for_in_a_query(key_api: APIClient, acme: NewPartner) -> None:
    make_tracked(acme.partner, reference="A")
    assert post(key_api, ["A", " B ", "A"]).json() == ask(key_api, "A", "B", "A").json()


def test_a_posted_reference_is_not_split_at_its_comma(key_api: APIClient, acme: NewPartner) -> None:
    make_tracked(acme.partner, reference="A,B")
    [entry] = post(key_api, ["A,B"]).json()["DATA"]
    assert (entry["ReferenceID"], entry["Status_code"]) == ("A,B", "200")


def test_a_posted_number_counts_as_its_digits(key_api: APIClient, acme: NewPartner) -> None:
    make_tracked(acme.partner, reference="4711")
    assert post(key_api, [4711, 4711.0]).json() == ask(key_api, "4711", "4711").json()


def test_what_no_reference_is_called_is_not_found_by_post_either(key_api: APIClient) -> None:
    entries = post(key_api, ["a\0b", "x" * 101, "\ud800"]).json()["DATA"]
    assert [entry["Status_code"] for entry in entries] == ["404", "404", "404"]


@pytest.mark.parametrize("references", [None, "", [], [None, " "]])
def test_no_posted_reference_is_400(key_api: APIClient, references: Any) -> None:
    answer = post(key_api, references)
    assert (answer.status_code, answer.json()) == (400, REQUIRED)


@pytest.mark.parametrize("references", ["A", 1, True, False, {}, [True], [["A"]], [{}], ["A"] * 101])
def test_posted_references_of_another_kind_are_400(key_api: APIClient, references: Any) -> None:
    answer = post(key_api, references)
    assert (answer.status_code, answer.json()["Message"]) == (400, "Invalid request data")
    assert list(answer.json()["Errors"]) == ["ReferenceID"]


def test_credentials_come_first(api: APIClient) -> None:
    assert api.get(PATH).status_code == 401
