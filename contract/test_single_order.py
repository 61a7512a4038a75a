"""Section 3: single-order."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contract.answers import assert_order_answer, assert_refused
from contract.partner import Partner
from tests.support.http import Client
from tests.support.orders import ORDER

REQUIRED = sorted(ORDER.keys() - {"AddressLine2"})
MISSING = "Missing required fields"
MESSAGES = {
    "City": "Invalid City/State format",
    "State": "Invalid City/State format",
    "Pincode": "Invalid Pincode format",
    "CustomerMobile": "Invalid Mobile Number format",
    "CustomerEmail": "Invalid Email format",
    "Engagement_Type": "Invalid Engagement_Type",
}
BREACHES = {
    "City": ("Bangalore2", "Tamil  Nadu", "-Delhi", "Délhi"),
    "State": ("Karnataka!", "Tamil_Nadu"),
    "Pincode": ("56000", "5600011", "56000a"),
    "CustomerMobile": ("987654321", "98765432100", "+919876543210"),
    "CustomerEmail": ("amit", "amit@", "amit@localhost"),
    "Engagement_Type": ("home", "Onsite", "Walk in"),
}
IN_ORDER = {
    "Size": ("", MISSING),
    "City": ("1", MESSAGES["City"]),
    "Pincode": ("1", MESSAGES["Pincode"]),
    "CustomerMobile": ("1", MESSAGES["CustomerMobile"]),
    "CustomerEmail": ("1", MESSAGES["CustomerEmail"]),
    "Engagement_Type": ("1", MESSAGES["Engagement_Type"]),
    "Model": ("x" * 5000, "Invalid request data"),
}
AT_ONCE = 5


@pytest.mark.parametrize("path", ["repair/single-order/", "repair/single-order"])
def test_an_order_is_stored_and_answered(client: Client, partner: Partner, path: str) -> None:
    order = partner.order()
    assert_order_answer(client.post_json(path, order, partner.bearer), order["repair_ref_no"])


@pytest.mark.parametrize(
    "changes",
    [
        {"Engagement_Type": "Pickup"},
        {"Engagement_Type": "Walk-in"},
        {"AddressLine2": ...},
        {"City": "Medchal-Malkajgiri", "State": "Tamil Nadu"},
    ],
    ids=str,
)
def test_every_documented_value_is_stored(partner: Partner, changes: dict[str, Any]) -> None:
    order = partner.order(**changes)
    assert_order_answer(partner.send_order(order), order["repair_ref_no"])


def test_every_missing_field_is_named(partner: Partner) -> None:
    assert_refused(partner.send_order({}), 400, MISSING, *REQUIRED)


@pytest.mark.parametrize("nothing", [..., None, "", "  "], ids=repr)
@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_field_is_refused(partner: Partner, name: str, nothing: object) -> None:
    assert_refused(partner.send_order(partner.order(**{name: nothing})), 400, MISSING, name)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BREACHES for value in BREACHES[name]])
def test_a_breach_has_its_message_and_field(partner: Partner, name: str, value: str) -> None:
    assert_refused(partner.send_order(partner.order(**{name: value})), 400, MESSAGES[name], name)


@pytest.mark.parametrize("first", IN_ORDER)
def test_of_several_breaches_the_first_of_the_table_answers(partner: Partner, first: str) -> None:
    names = list(IN_ORDER)[list(IN_ORDER).index(first) :]
    answer = partner.send_order(partner.order(**{name: IN_ORDER[name][0] for name in names}))
    assert_refused(answer, 400, IN_ORDER[first][1], *names)


@pytest.fixture(scope="module")
def published(client: Client) -> Any:
    """The fields of an order as the OpenAPI document publishes them."""
    return client.get("schema/").json["components"]["schemas"]["RepairOrder"]["properties"]


@pytest.mark.parametrize("name", sorted(ORDER.keys() - {"Engagement_Type"}))
def test_one_more_than_the_published_maximum_is_refused(partner: Partner, published: Any, name: str) -> None:
    answer = partner.send_order(partner.order(**{name: "9" * (published[name]["maxLength"] + 1)}))
    assert_refused(answer, 400, MESSAGES.get(name, "Invalid request data"), name)


def test_a_duplicate_is_409_with_the_first_request_id(partner: Partner) -> None:
    order = partner.order()
    request_id = assert_order_answer(partner.send_order(order), order["repair_ref_no"])
    data = {"request_id": request_id, "service_request_id": order["repair_ref_no"]}
    again = partner.send_order({**order, "Name": "Somebody Else"})
    assert_refused(again, 409, "Duplicate repair reference number", DATA=data)


def test_references_are_case_sensitive(partner: Partner) -> None:
    reference = partner.reference()
    for each in (reference, reference.lower()):
        assert_order_answer(partner.send_order(partner.order(repair_ref_no=each)), each)


def test_of_simultaneous_orders_with_one_reference_one_is_stored(partner: Partner) -> None:
    order = partner.order()
    assert partner.token  # fetched before the race
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(partner.send_order, [order] * AT_ONCE))
    assert Counter(answer.status for answer in answers) == {200: 1, 409: AT_ONCE - 1}
    assert len({answer.json["DATA"]["request_id"] for answer in answers}) == 1


def test_two_partners_may_use_one_reference(partner: Partner, rival: Partner) -> None:
    order = partner.order()
    for each in (partner, rival):
        assert_order_answer(each.send_order(order), order["repair_ref_no"])
