"""The token endpoints."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from partners.models import User
from partners.services import NewPartner
from partners.tokens import AccessToken, RefreshToken, pair_for
from tests.conftest import PASSWORD
from tests.support.orders import an_order

TOKEN = "/api/warrantify/token/"
REFRESH = "/api/warrantify/token/refresh/"
ORDERS = "/api/warrantify/repair/single-order/"
WRONG = {"Success": "False", "Status_code": "401", "Message": "Invalid username or password"}
INVALID = {"Success": "False", "Status_code": "401", "Message": "Invalid or missing token"}


def refresh(api: APIClient, text: object) -> Any:
    return api.post(REFRESH, {"refresh": text}, format="json")


@pytest.mark.parametrize("username, password", [("acme", "wrong"), ("nobody", PASSWORD)])
def test_wrong_credentials_are_401(acme: NewPartner, api: APIClient, username: str, password: str) -> None:
    answer = api.post(TOKEN, {"username": username, "password": password}, format="json")
    assert (answer.status_code, answer.json()) == (401, WRONG)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="warrantify"'


@pytest.mark.parametrize("value", ["", None, [], {}, True, "\x00", "\ud800"])
@pytest.mark.parametrize("name", ["username", "password"])
def test_values_that_are_no_text_are_400(acme: NewPartner, api: APIClient, name: str, value: object) -> None:
    body = json.dumps({"username": "acme", "password": PASSWORD, name: value})
    answer = api.post(TOKEN, body, content_type="application/json")
    assert answer.status_code == 400


def test_missing_fields_are_named(api: APIClient) -> None:
    answer = api.post(TOKEN, {}, format="json")
    assert answer.json() == {
        "Success": "False",
        "Status_code": "400",
        "Message": "Invalid request data",
        "Errors": {"username": ["This field is required."], "password": ["This field is required."]},
    }


def test_an_inactive_partner_gets_no_token(acme: NewPartner, api: APIClient) -> None:
    acme.partner.is_active = False
    acme.partner.save()
    answer = api.post(TOKEN, {"username": "acme", "password": PASSWORD}, format="json")
    assert (answer.status_code, answer.json()) == (401, WRONG)


def test_a_refreshed_pair_works(acme: NewPartner, api: APIClient) -> None:
    pair = refresh(api, pair_for(acme.user)["refresh"]).json()
    answer = api.post(ORDERS, an_order(), format="json", HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert answer.status_code == 200


def test_a_refresh_token_dies_with_its_user(acme: NewPartner, api: APIClient) -> None:
    text = pair_for(acme.user)["refresh"]
    User.objects.all().delete()
    assert refresh(api, text).json() == INVALID


def test_a_refresh_token_dies_with_the_password(acme: NewPartner, api: APIClient) -> None:
    text = pair_for(acme.user)["refresh"]
    acme.user.set_password("another-long-pass-phrase")
    acme.user.save()
    assert refresh(api, text).json() == INVALID


@pytest.mark.parametrize("changed", ["user", "partner"])
def test_a_refresh_token_dies_with_deactivation(acme: NewPartner, api: APIClient, changed: str) -> None:
    text = pair_for(acme.user)["refresh"]
    thing = getattr(acme, changed)
    thing.is_active = False
    thing.save()
    assert refresh(api, text).json() == INVALID


@pytest.mark.parametrize("claim", ["abc", "", None, [], {}, "9" * 40, 2**70, -1, 1.5, "1\x00", "٣"])
@pytest.mark.parametrize("token_class", [AccessToken, RefreshToken])
def test_odd_user_claims_are_401(
    acme: NewPartner, api: APIClient, token_class: type[AccessToken | RefreshToken], claim: object
) -> None:
    token = token_class.for_user(acme.user)
    token["user_id"] = claim
    path, body, header = (ORDERS, an_order(), f"Bearer {token}")
    if token_class is RefreshToken:
        path, body, header = (REFRESH, {"refresh": str(token)}, "")
    answer = api.post(path, body, format="json", HTTP_AUTHORIZATION=header)
    assert (answer.status_code, answer.json()) == (401, INVALID)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": "soon"},
        {"exp": float("inf")},
        {"exp": []},
        {"exp": 10**30},
        {"jti": []},
        {"jti": "x" * 300},
        {"jti": "\x00"},
    ],
)
def test_odd_claims_of_a_refresh_token_are_401(
    acme: NewPartner, api: APIClient, claims: dict[str, Any]
) -> None:
    token = RefreshToken.for_user(acme.user)
    token.payload.update(claims)
    assert refresh(api, str(token)).json() == INVALID


@pytest.mark.parametrize("text", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "é", "x" * 5000])
def test_texts_that_are_no_token_are_401(api: APIClient, db: None, text: str) -> None:
    assert refresh(api, text).json() == INVALID
