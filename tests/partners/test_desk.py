"""Partners, users and keys on the desk."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient
from time_machine import travel

from partners.models import ApiKey, Partner, User
from partners.services import NewPartner
from tests.support.staff import at_desk

NEW = {"name": "Nilgiri Retail", "email": "it@nilgiri.example", "username": "nilgiri", "password": ""}


@pytest.fixture
def manager(db: None) -> Client:
    return at_desk("Partner managers")


@pytest.fixture
def key(acme: NewPartner) -> ApiKey:
    return ApiKey.objects.get()


def works(text: str) -> bool:
    answer = APIClient().get("/api/warrantify/claim/tracking/", {"ReferenceID": "x"}, HTTP_X_API_KEY=text)
    return bool(answer.status_code != 401)


def secret_on(page: str) -> str:
    return page.split('<code class="desk-secret">')[1].split("</code>", maxsplit=1)[0]


def test_a_partner_is_created_with_user_and_key(manager: Client) -> None:
    manager.post(reverse("admin:partners_partner_add"), NEW)

    partner = Partner.objects.get(name="Nilgiri Retail")
    assert partner.users.get().username == "nilgiri"
    assert partner.api_keys.count() == 1


def test_a_taken_name_is_told_at_its_field(manager: Client, acme: NewPartner) -> None:
    page = manager.post(reverse("admin:partners_partner_add"), {**NEW, "name": "ACME"})

    assert "A partner of this name exists already." in page.text
    assert not User.objects.filter(username="nilgiri").exists()


def test_a_key_is_shown_once_and_works(manager: Client, acme: NewPartner) -> None:
    url = reverse("admin:partners_partner_issue_key", args=[acme.partner.pk])
    first = manager.post(url, {"name": "second"}, follow=True)
    again = manager.get(reverse("admin:partners_partner_change", args=[acme.partner.pk]))

    assert works(secret_on(first.text))
    assert "desk-secret" not in again.text


def test_a_key_never_travels_in_a_cookie_or_url(manager: Client, acme: NewPartner) -> None:
    answer = manager.post(
        reverse("admin:partners_partner_issue_key", args=[acme.partner.pk]), {"name": "second"}
    )

    assert "wk_" not in answer["Location"]
    assert "wk_" not in answer.cookies.output()


def test_a_rotated_key_works_on_for_the_overlap(manager: Client, acme: NewPartner, key: ApiKey) -> None:
    page = manager.post(
        reverse("admin:partners_apikey_rotate", args=[key.pk]), {"overlap_hours": "48"}, follow=True
    )

    key.refresh_from_db()
    assert key.expires_at is not None
    assert timedelta(hours=47) < key.expires_at - timezone.now() < timedelta(hours=49)
    assert works(acme.api_key)
    assert works(secret_on(page.text))


def test_a_key_ends_when_it_is_told_to(manager: Client, acme: NewPartner, key: ApiKey) -> None:
    end = timezone.localtime() + timedelta(hours=1)

    form = {"expires_at": f"{end:%Y-%m-%dT%H:%M}"}
    manager.post(reverse("admin:partners_apikey_expire", args=[key.pk]), form)

    assert works(acme.api_key)
    with travel(end):
        assert not works(acme.api_key)


def test_a_revoked_key_is_refused_at_once(manager: Client, acme: NewPartner, key: ApiKey) -> None:
    manager.post(reverse("admin:partners_apikey_revoke", args=[key.pk]))

    assert not works(acme.api_key)


@pytest.mark.parametrize("button", ["rotate", "expire", "revoke"])
def test_a_revoked_key_is_said_to_be_revoked_already(manager: Client, key: ApiKey, button: str) -> None:
    manager.post(reverse("admin:partners_apikey_revoke", args=[key.pk]))

    url, form = reverse(f"admin:partners_apikey_{button}", args=[key.pk]), {"overlap_hours": "1"}
    answer = manager.post(url, form, follow=True)

    assert f"Key {key} is already revoked." in answer.text
    assert ApiKey.objects.count() == 1


def test_a_deactivated_partner_is_refused(manager: Client, acme: NewPartner) -> None:
    form = {"name": "Acme", "email": "acme@example.com"}  # the box for "active" is not ticked
    manager.post(reverse("admin:partners_partner_change", args=[acme.partner.pk]), form)

    assert not works(acme.api_key)


def test_what_is_done_to_keys_stands_in_the_history(manager: Client, key: ApiKey) -> None:
    manager.post(reverse("admin:partners_apikey_revoke", args=[key.pk]))

    entries = LogEntry.objects.values_list("content_type__model", "change_message")
    assert set(entries) == {(model, f"Revoked key {key}.") for model in ("apikey", "partner")}


def test_a_key_without_end_says_so(manager: Client, acme: NewPartner) -> None:
    page = manager.get(reverse("admin:partners_partner_change", args=[acme.partner.pk]))

    assert "no end" in page.text


def test_orders_are_counted_per_month(manager: Client, acme: NewPartner) -> None:
    from tests.support.tracked_orders import make_order

    for number in range(3):
        make_order(acme.partner, f"REP{number}")

    page = manager.get(reverse("admin:partners_partner_change", args=[acme.partner.pk]))

    assert [month["count"] for month in page.context["months"]] == [3]


@pytest.mark.parametrize("end", ["0001-01-01T00:00", "1899-12-31T23:59", "9999-12-31T23:59"])
def test_a_key_ends_in_a_sensible_year(manager: Client, acme: NewPartner, key: ApiKey, end: str) -> None:
    for url in (
        reverse("admin:partners_apikey_expire", args=[key.pk]),
        reverse("admin:partners_partner_issue_key", args=[acme.partner.pk]),
    ):
        page = manager.post(url, {"name": "second", "expires_at": end})
        assert "Enter a year from 1900 to 2999." in page.text
    assert works(acme.api_key)
