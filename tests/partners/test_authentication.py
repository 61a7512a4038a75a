"""The credentials of the single-order endpoint; the key's are tested where keys are used."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework_simplejwt.backends import TokenBackend

from partners.authentication import ApiKeyAuthentication, Caller, TokenAuthentication
from partners.models import ApiKey, User
from partners.services import NewPartner, issue_key, revoke_key, rotate_key
from partners.tokens import AccessToken, RefreshToken
from tests.support.orders import an_order

ORDERS = "/api/warrantify/repair/single-order/"
INVALID = {"Success": "False", "Status_code": "401", "Message": "Invalid or missing token"}


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER  {}", "JWT {}", "jwt {}", "{}"])
def test_each_form_of_the_header_is_accepted(api: APIClient, token: str, form: str) -> None:
    answer = api.post(ORDERS, an_order(), format="json", HTTP_AUTHORIZATION=form.format(token))
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Basic {}", "Bearer {} x", "Bearer x{}", "é", "Token {}"])
def test_other_headers_are_401(api: APIClient, token: str, header: str) -> None:
    answer = api.post(ORDERS, an_order(), format="json", HTTP_AUTHORIZATION=header.format(token))
    assert (answer.status_code, answer.json()) == (401, INVALID)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="warrantify"'


def test_credentials_are_judged_before_the_body(api: APIClient) -> None:
    answer = api.post(ORDERS, "no json", content_type="text/plain")
    assert answer.status_code == 401


@pytest.mark.parametrize("changed", ["user", "partner"])
def test_deactivation_takes_effect_at_the_next_request(
    acme: NewPartner, acme_api: APIClient, changed: str
) -> None:
    thing = getattr(acme, changed)
    thing.is_active = False
    thing.save()
    assert acme_api.post(ORDERS, an_order(), format="json").json() == INVALID


def test_a_new_password_ends_old_tokens(acme: NewPartner, acme_api: APIClient) -> None:
    acme.user.set_password("another-long-pass-phrase")
    acme.user.save()
    assert acme_api.post(ORDERS, an_order(), format="json").json() == INVALID


def test_staff_are_403_on_partner_endpoints(api: APIClient, db: None) -> None:
    staff = User.objects.create_user("staff", is_staff=True)
    answer = api.post(ORDERS, an_order(), format="json", HTTP_AUTHORIZATION=str(AccessToken.for_user(staff)))
    assert (answer.status_code, answer.json()["Message"]) == (403, "This account belongs to no partner")


def test_a_refresh_token_opens_no_endpoint(acme: NewPartner, api: APIClient) -> None:
    text = str(RefreshToken.for_user(acme.user))
    assert api.post(ORDERS, an_order(), format="json", HTTP_AUTHORIZATION=text).json() == INVALID


def test_a_token_of_a_previous_signing_key_is_accepted(
    acme: NewPartner, api: APIClient, settings: Settings
) -> None:
    old_key = "the-key-before-this-one-0123456789"
    text = TokenBackend("HS256", old_key).encode(AccessToken.for_user(acme.user).payload)
    api.credentials(HTTP_AUTHORIZATION=text)
    assert api.post(ORDERS, an_order(), format="json").status_code == 401
    settings.JWT_PREVIOUS_SIGNING_KEYS = [old_key]
    assert api.post(ORDERS, an_order(), format="json").status_code == 200


def by_key(text: str) -> Caller:
    request = Request(APIRequestFactory().get("/", HTTP_X_API_KEY=text))
    return ApiKeyAuthentication().authenticate(request)[0]


def test_a_key_names_its_partner_in_one_query(acme: NewPartner) -> None:
    by_key(acme.api_key)  # notes the first use
    with CaptureQueriesContext(
        connection,
    ) as queries:
        caller = by_key(acme.api_key)
    assert caller.partner_id == acme.partner.pk
    assert len(queries) == 1


def test_a_token_names_its_partner_in_one_query(acme: NewPartner, token: str) -> None:
    request = Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=token))
    with CaptureQueriesContext(connection) as queries:
        caller = TokenAuthentication().authenticate(request)[0]
    assert (caller.partner_id, caller.user_id) == (acme.partner.pk, acme.user.pk)
    assert len(queries) == 1


def test_a_key_is_stored_as_prefix_and_hash_only(acme: NewPartner) -> None:
    api_key = ApiKey.objects.get()
    secret = acme.api_key.split("_", 2)[2]
    assert secret not in "".join(str(value) for value in vars(api_key).values())
    assert acme.api_key.startswith(f"wk_{api_key.prefix}_")


@pytest.mark.parametrize(
    "text", ["", "x", "wk_", "wk__", "wk_abc_", "é", "wk_000000000000_x", "x" * 5000, "wk_\x00_x"]
)
def test_texts_that_are_no_key_are_refused(acme: NewPartner, text: str) -> None:
    with pytest.raises(AuthenticationFailed):
        by_key(text)


def test_a_key_with_a_right_prefix_and_a_wrong_secret_is_refused(acme: NewPartner) -> None:
    with pytest.raises(AuthenticationFailed):
        by_key(acme.api_key[:-1])


def test_a_revoked_key_is_refused(acme: NewPartner) -> None:
    revoke_key(ApiKey.objects.get())
    with pytest.raises(AuthenticationFailed):
        by_key(acme.api_key)


def test_an_expired_key_is_refused(acme: NewPartner) -> None:
    _, text = issue_key(acme.partner, "old", expires_at=timezone.now())
    with pytest.raises(AuthenticationFailed):
        by_key(text)


def test_keys_of_an_inactive_partner_are_refused(acme: NewPartner) -> None:
    acme.partner.is_active = False
    acme.partner.save()
    with pytest.raises(AuthenticationFailed):
        by_key(acme.api_key)


def test_a_rotated_key_overlaps_with_its_successor(acme: NewPartner) -> None:
    old = ApiKey.objects.get()
    _, successor = rotate_key(old, timezone.now() + timedelta(hours=1))
    assert by_key(acme.api_key).partner_id == by_key(successor).partner_id
    rotate_key(old, timezone.now())
    with pytest.raises(AuthenticationFailed):
        by_key(acme.api_key)


def test_last_use_is_written_at_most_once_an_hour(acme: NewPartner) -> None:
    by_key(acme.api_key)
    first = ApiKey.objects.get().last_used_at
    by_key(acme.api_key)
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=61))
    by_key(acme.api_key)
    assert ApiKey.objects.get().last_used_at > first  # type: ignore[operator]
