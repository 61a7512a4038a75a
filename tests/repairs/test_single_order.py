"""POST repair/single-order/."""

import json
import re
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from partners.services import NewPartner
from repairs.fields import API_FIELDS, Need
from repairs.models import RepairOrder
from tests.support.orders import an_order

PATH = "/api/warrantify/repair/single-order/"
REQUIRED = [field.name for field in API_FIELDS if field.api is Need.REQUIRED]


def post(client: APIClient, **changes: Any) -> Any:
    return client.post(PATH, json.dumps(an_order(**changes)), content_type="application/json")


def post_raw(client: APIClient, body: bytes | str) -> Any:
    return client.post(PATH, body, content_type="application/json")


def test_an_order_is_stored_and_answered(acme_api: APIClient) -> None:
    answer = post(acme_api)
    data = answer.json()["DATA"]
    assert answer.status_code == 200
    assert answer.json() == {
        "Success": "True",
        "Message": "Repair request has been raised successfully",
        "Status_code": "200",
        "DATA": {"request_id": data["request_id"], "service_request_id": "REP10001"},
    }
    assert re.fullmatch(rf"REPAIR{timezone.localdate():%Y%m%d}\d{{4}}", data["request_id"])


def test_the_stored_order_tells_what_was_sent_by_whom_and_how(acme: NewPartner, acme_api: APIClient) -> None:
    post(acme_api)
    order = RepairOrder.objects.get()
    sent = an_order()
    assert {field.name: getattr(order, field.attribute) for field in API_FIELDS} == sent
    assert (order.partner, order.created_by, order.source) == (acme.partner, acme.user, "api")


@pytest.mark.parametrize("nothing", [..., None, "", " \t\n"])
def test_every_missing_field_is_named(acme_api: APIClient, nothing: object) -> None:
    answer = post(acme_api, **dict.fromkeys(REQUIRED, nothing))
    assert (answer.status_code, answer.json()["Message"]) == (400, "Missing required fields")
    assert answer.json()["Errors"] == {name: ["This field is required."] for name in REQUIRED}
    assert answer.json()["Status_code"] == "400"


@pytest.mark.parametrize(
    "name, message, bad_values",
    [
        (
            "City",
            "Invalid City/State format",
            ["B4", "A  B", "-A", "A-", "A--B", "A.", "Zürich", "a\u00a0b", "x" * 101, True],
        ),
        ("State", "Invalid City/State format", ["K1", "A & N", "A -B", ["x"]]),
        (
            "Pincode",
            "Invalid Pincode format",
            ["56001", "5600011", "56000a", "५६०००१", "560 001", 56000.5, 1e5 + 0.5, True],
        ),
        (
            "CustomerMobile",
            "Invalid Mobile Number format",
            ["987654321", "98765432100", "+919876543210", "٩٨٧٦٥٤٣٢١٠", {}],
        ),
        (
            "CustomerEmail",
            "Invalid Email format",
            ["a", "a@b", "a@localhost", "@b.com", "a b@c.com", "a@b.com,c@d.com", "a@b\u2028.co"],
        ),
        ("Engagement_Type", "Invalid Engagement_Type", ["home", "Onsite", "Walk in", "HOME", 1]),
        ("Name", "Invalid request data", ["a\x00b", "a\x07b", "a\nb", "\ud800", "x" * 201, True, [], {}]),
        ("Issue", "Invalid request data", ["\x00", "a\x0bb", "x" * 2001]),
        ("repair_ref_no", "Invalid request data", ["x" * 101, "a\tb", "a\x7fb"]),
    ],
)
def test_a_breach_is_answered_with_its_message_and_field(
    acme_api: APIClient, name: str, message: str, bad_values: list[object]
) -> None:
    for bad in bad_values:
        answer = post(acme_api, **{name: bad})
        assert (answer.status_code, answer.json()["Message"]) == (400, message), bad
        assert list(answer.json()["Errors"]) == [name]
    assert not RepairOrder.objects.exists()


@pytest.mark.parametrize(
    "literal, text",
    [
        ("560001", "560001"),
        ("560001.0", "560001"),
        ("5.60001e5", "560001"),
        ("15.6", "15.6"),
        ("1E+3", "1000"),
        ("15.60", "15.6"),
        ("-0.5", "-0.5"),
    ],
)
def test_numbers_are_taken_as_plain_text(acme_api: APIClient, literal: str, text: str) -> None:
    body = json.dumps(an_order(Model="@")).replace('"@"', literal)
    assert post_raw(acme_api, body).status_code == 200
    assert RepairOrder.objects.get().model == text


@pytest.mark.parametrize("literal", ["1e999999999", "1e99999999999999999999", "9" * 5000, "1e-999999"])
def test_numbers_without_end_are_refused(acme_api: APIClient, literal: str) -> None:
    body = json.dumps(an_order(Model="@")).replace('"@"', literal)
    answer = post_raw(acme_api, body)
    assert (answer.status_code, list(answer.json()["Errors"])) == (400, ["Model"])


def test_text_is_trimmed_and_breaks_become_a_space(acme_api: APIClient) -> None:
    post(acme_api, Name="  Amit \n", AddressLine1="Flat 301,\r\n\tTower A", Issue="a\n\nb")
    order = RepairOrder.objects.get()
    assert (order.customer_name, order.address_line1, order.issue) == ("Amit", "Flat 301, Tower A", "a b")


@pytest.mark.parametrize("name", [field.name for field in API_FIELDS if field.rule is None])
def test_each_maximum_length_is_accepted_and_one_more_refused(acme_api: APIClient, name: str) -> None:
    maximum = next(field.max_length for field in API_FIELDS if field.name == name)
    assert post(acme_api, **{name: "x" * maximum}).status_code == 200
    answer = post(acme_api, **{name: "x" * (maximum + 1)})
    assert answer.json()["Errors"] == {name: [f"Ensure this field has no more than {maximum} characters."]}


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"x", b"[]", b"1", b'"x"', b"null", b"{", b"a=b"),
        *(b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": "\x00"}'),
        *(b"\xff\xfe", b'{"a": "\xff"}', b"[" * 100_000, b'{"a":' * 50_000),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_bodies_that_are_no_json_object_are_400(acme_api: APIClient, body: bytes) -> None:
    answer = post_raw(acme_api, body)
    assert answer.json() == {"Success": "False", "Status_code": "400", "Message": "Malformed JSON body"}


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_other_methods_are_405(acme_api: APIClient, method: str) -> None:
    answer = getattr(acme_api, method)(PATH)
    assert (answer.status_code, answer.json()["Message"]) == (405, "Method not allowed")
