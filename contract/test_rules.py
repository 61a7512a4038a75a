"""Section 1: the rules of every endpoint."""

import re
from typing import Any

import pytest

from contract.answers import assert_refused
from contract.partner import Partner
from tests.support.http import Client

PATHS = {
    "token": "POST",
    "token/refresh": "POST",
    "repair/single-order": "POST",
    "repair/bulk-order": "POST",
    "sample-template": "GET",
    "claim/tracking": "GET",
}


def is_numeric(path: str) -> bool:
    return path == "repair/bulk-order"


@pytest.mark.parametrize("path", ["no/such/path", "/api/none", "/api/", "/api"])
def test_an_unknown_path_is_404(client: Client, path: str) -> None:
    assert_refused(client.get(path), 404, "Not found")


@pytest.mark.parametrize("path", PATHS)
def test_another_method_is_405(client: Client, partner: Partner, path: str) -> None:
    wrong = "GET" if PATHS[path] == "POST" else "DELETE"
    answer = client.send(wrong, f"{path}/", {**partner.bearer, **partner.key})
    assert_refused(answer, 405, "Method not allowed", numeric=is_numeric(path))


@pytest.mark.parametrize("path", PATHS)
def test_without_its_slash_a_path_answers_the_same(client: Client, path: str) -> None:
    assert client.send(PATHS[path], path).body == client.send(PATHS[path], f"{path}/").body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"Pincode": NaN}',
        b'{"Pincode": Infinity}',
        b'{"Name": "\xff"}',
        b'{"Name":' + b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_body_that_is_no_json_object_is_refused(partner: Partner, body: bytes) -> None:
    assert_refused(partner.send_order(body), 400, "Malformed JSON body")


def test_a_body_of_one_megabyte_is_413(partner: Partner) -> None:
    answer = partner.send_order(b'{"Name": "' + b"x" * 1_000_000 + b'"}')
    assert_refused(answer, 413, "Request body too large")


def test_another_content_type_is_415(client: Client, partner: Partner) -> None:
    headers = {**partner.bearer, "Content-Type": "text/plain"}
    answer = client.send("POST", "repair/single-order/", headers, b"{}")
    assert_refused(answer, 415, "Content-Type must be application/json")


def test_another_content_type_of_an_upload_is_415(client: Client, partner: Partner) -> None:
    answer = client.post_json("repair/bulk-order/", {}, partner.key)
    assert_refused(answer, 415, "Content-Type must be multipart/form-data", numeric=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"NoSuchField": [1, {"a": None}]},
        {"Pincode": "  560001\n"},
        {"Pincode": 560001},
        {"Pincode": 560001.0},
        {"Size": 15.6},
        {"Issue": "Battery\r\nnot\tcharging"},
    ],
    ids=str,
)
def test_a_value_is_taken_as_its_plain_text(partner: Partner, changes: dict[str, Any]) -> None:
    assert partner.send_order(partner.order(**changes)).status == 200


@pytest.mark.parametrize(
    "value",
    [True, ["XPS 15"], {"name": "XPS 15"}, "XPS\0", "XPS\x07", "XPS\n15", "XPS\ud800"],
    ids=repr,
)
def test_a_value_that_is_no_plain_text_is_refused(partner: Partner, value: object) -> None:
    assert_refused(partner.send_order(partner.order(Model=value)), 400, "Invalid request data", "Model")


def test_digits_are_ascii(partner: Partner) -> None:
    answer = partner.send_order(partner.order(Pincode="५६०००१"))
    assert_refused(answer, 400, "Invalid Pincode format", "Pincode")


def test_a_given_x_request_id_comes_back(client: Client) -> None:
    answer = client.get("no/such/path", {"X-Request-ID": "contract-suite-1"})
    assert answer.headers["X-Request-ID"] == "contract-suite-1"


def test_without_one_an_x_request_id_is_made(client: Client) -> None:
    assert re.fullmatch("[A-Za-z0-9._:-]{8,128}", client.get("no/such/path").headers["X-Request-ID"])
