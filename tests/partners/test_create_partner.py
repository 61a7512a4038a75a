"""`manage.py create_partner`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from partners.models import ApiKey, Partner, User
from partners.services import NewPartner


def create(name: str = "Zenith", username: str = "zenith", **options: object) -> str:
    output = StringIO()
    call_command("create_partner", name, email="z@example.com", username=username, stdout=output, **options)
    return output.getvalue()


def test_json_is_one_object_alone_on_standard_output(db: None) -> None:
    printed = json.loads(create(json=True))
    assert set(printed) == {"partner", "username", "password", "api_key"}
    assert (printed["partner"], printed["username"]) == ("Zenith", "zenith")


def test_the_printed_credentials_work(db: None, api: APIClient) -> None:
    printed = json.loads(create(json=True))
    login = {name: printed[name] for name in ("username", "password")}
    assert api.post("/api/warrantify/token/", login, format="json").status_code == 200


def test_a_given_password_is_used(db: None) -> None:
    printed = json.loads(create(password="given-pass-phrase", json=True))
    assert printed["password"] == "given-pass-phrase"
    assert User.objects.get().check_password("given-pass-phrase")


def test_text_output_shows_every_credential(db: None) -> None:
    printed = create()
    assert all(label in printed for label in ("partner", "username", "password", "api_key"))


@pytest.mark.parametrize("name, username", [("Acme", "other"), ("ACME", "other"), ("Other", "acme")])
def test_a_taken_name_or_user_creates_nothing(acme: NewPartner, name: str, username: str) -> None:
    with pytest.raises(CommandError, match="exists"):
        create(name, username)
    assert [Partner.objects.count(), User.objects.count(), ApiKey.objects.count()] == [1, 1, 1]


@pytest.mark.parametrize(
    "options", [{"password": "short"}, {"email": "no-address"}, {"email": "a@b\u2028.co"}]
)
def test_bad_values_create_nothing(db: None, options: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        call_command("create_partner", "Zenith", **{"email": "z@example.com", "username": "z", **options})
    assert not Partner.objects.exists()
