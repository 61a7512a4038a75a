"""Section 2: tokens and keys."""

from typing import Any

import pytest

from contract.answers import assert_refused
from contract.partner import Partner
from tests.support.http import Answer, Client

INVALID_TOKEN = "Invalid or missing token"
KEY_PATHS = {"repair/bulk-order/": "POST", "sample-template/": "GET", "claim/tracking/": "GET"}


def refresh(client: Client, token: str) -> Answer:
    return client.post_json("token/refresh/", {"refresh": token})


@pytest.fixture(scope="module")
def pair(partner: Partner) -> Any:
    """A pair of tokens that no test uses up."""
    return partner.log_in().json


def test_a_log_in_gives_a_pair_of_tokens(pair: Any) -> None:
    assert set(pair) == {"access", "refresh"}
    assert all(isinstance(token, str) for token in pair.values())


def test_an_unknown_user_is_401(client: Client, partner: Partner) -> None:
    answer = client.post_json("token/", {"username": partner.tag, "password": "wrong"})
    assert_refused(answer, 401, "Invalid username or password")


def test_a_missing_password_is_named(client: Client, partner: Partner) -> None:
    answer = client.post_json("token/", {"username": partner.tag})
    assert_refused(answer, 400, "Invalid request data", "password")


def test_a_refresh_token_works_once(client: Client, partner: Partner) -> None:
    token = partner.log_in().json["refresh"]
    assert set(refresh(client, token).json) == {"access", "refresh"}
    assert_refused(refresh(client, token), 401, INVALID_TOKEN)


def test_only_a_refresh_token_refreshes(client: Client, pair: Any) -> None:
    for token in ("x", pair["access"]):
        assert_refused(refresh(client, token), 401, INVALID_TOKEN)


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "JWT {}", "{}"])
def test_a_token_is_accepted_with_and_without_its_scheme(client: Client, partner: Partner, form: str) -> None:
    # An empty order is refused, but only once the token was accepted.
    answer = client.post_json("repair/single-order/", {}, {"Authorization": form.format(partner.token)})
    assert answer.status == 400


@pytest.mark.parametrize("header", ["", "Bearer x", "Bearer {forged}", "Basic eDp4", "Bearer {key}"])
def test_a_wrong_token_is_401(client: Client, partner: Partner, header: str) -> None:
    value = header.format(forged=f"{partner.token[:-4]}AAAA", key=partner.key["X-API-Key"])
    answer = client.post_json("repair/single-order/", {}, {"Authorization": value} if value else {})
    assert_refused(answer, 401, INVALID_TOKEN)


def test_a_key_is_no_token(client: Client, partner: Partner) -> None:
    assert_refused(client.post_json("repair/single-order/", {}, partner.key), 401, INVALID_TOKEN)


@pytest.mark.parametrize("key", ["", "wk_000000000000_wrong", "{cut}", "{token}"])
@pytest.mark.parametrize("path", KEY_PATHS)
def test_a_wrong_key_is_401(client: Client, partner: Partner, path: str, key: str) -> None:
    value = key.format(cut=partner.key["X-API-Key"][:-1], token=partner.token)
    answer = client.send(KEY_PATHS[path], path, {"X-API-Key": value} if value else {})
    assert_refused(answer, 401, "Invalid or missing API key", numeric=path == "repair/bulk-order/")
