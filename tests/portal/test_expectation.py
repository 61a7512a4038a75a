"""A verification that cannot fail would be worth nothing."""

import json
import re
from http.client import HTTPMessage
from typing import Any

import pytest

from portal.verification.client import Answer
from portal.verification.expectation import AtLeast, Expectation, refusal

EXPECTED = refusal(400, "Invalid Pincode format", "Pincode")
GOOD = {
    "Success": "False",
    "Status_code": "400",
    "Message": "Invalid Pincode format",
    "Errors": {"Pincode": ["Give exactly 6 digits."]},
}


def answer(body: object, status: int = 400, **headers: str) -> Answer:
    message = HTTPMessage()
    for name, value in headers.items():
        message[name] = value
    return Answer(status, message, json.dumps(body).encode())


def test_the_answer_that_was_expected_differs_in_nothing() -> None:
    assert EXPECTED.differences(answer(GOOD)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "Invalid PIN code format"},
        {"Status_code": 400},
        {"Success": False},
        {"Errors": {}},
        {"Errors": {"Pincode": []}},
        {"Errors": {"Pincode": ["a"], "City": ["b"]}},
        {"Extra": 1},
    ],
)
def test_any_change_of_the_body_is_found(change: dict[str, Any]) -> None:
    assert EXPECTED.differences(answer({**GOOD, **change}))


def test_another_status_is_found() -> None:
    assert EXPECTED.differences(answer(GOOD, 409)) == ["status 409"]


def test_a_body_that_is_no_json_is_found() -> None:
    assert EXPECTED.differences(Answer(400, HTTPMessage(), b"<html>"))


def test_a_401_without_challenge_is_found() -> None:
    body = {"Success": "False", "Status_code": "401", "Message": "Invalid or missing token"}
    expected = refusal(401, "Invalid or missing token")
    assert expected.differences(answer(body, 401)) == ["WWW-Authenticate: None"]


def test_a_header_must_match_in_full() -> None:
    expected = Expectation(304, headers={"ETag": re.compile('"[0-9]+"')})
    assert expected.differences(answer(None, 304, ETag='"12x"'))
    assert not expected.differences(answer(None, 304, ETag='"12"'))


def test_additional_members_pass_where_they_may() -> None:
    expected = Expectation(200, AtLeast(a=1))
    assert expected.differences(answer({"a": 1, "b": 2}, 200)) == []
    assert expected.differences(answer({"b": 2}, 200))
