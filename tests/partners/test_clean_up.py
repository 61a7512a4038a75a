"""What has run out is deleted, what has not stays, and nothing that is stored can be used."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from time_machine import TimeMachineFixture

from partners import clean_up
from partners.clean_up import CleanedUp
from partners.models import FailedLogin
from partners.services import NewPartner, refresh_pair
from partners.tokens import pair_for

TOKEN = "/api/warrantify/token/"


def a_day_of_use(api: APIClient, client: Client, partner: NewPartner) -> None:
    """A log-in, a refresh, a failure, and a session."""
    refresh_pair(pair_for(partner.user)["refresh"])
    api.post(TOKEN, {"username": "acme", "password": "wrong"}, format="json")
    client.force_login(partner.user)


def test_tables_stay_flat(
    acme: NewPartner, api: APIClient, client: Client, time_machine: TimeMachineFixture
) -> None:
    counts = []
    start = timezone.now()
    for day in range(0, 60, 10):
        time_machine.move_to(start + timedelta(days=day))
        client.cookies.clear()
        a_day_of_use(api, client, acme)
        clean_up.clean_up()
        tables = (OutstandingToken, Session, FailedLogin)
        counts.append([model._default_manager.count() for model in tables])
    assert counts == [[1, 1, 1]] * 6


def test_what_is_still_good_stays(acme: NewPartner, api: APIClient, client: Client) -> None:
    a_day_of_use(api, client, acme)
    assert clean_up.clean_up() == CleanedUp(0, 0, 0)


def test_only_the_newest_failures_are_kept(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean_up, "MAX_FAILED_LOGINS", 3)
    now = timezone.now()
    for minute in range(5):
        at = now - timedelta(minutes=minute)
        FailedLogin.objects.create(username=f"u{minute}", address="a", door="token", first_at=at, last_at=at)
    clean_up.clean_up()
    assert set(FailedLogin.objects.values_list("username", flat=True)) == {"u0", "u1", "u2"}


def test_the_command_says_what_went(acme: NewPartner) -> None:
    output = StringIO()
    call_command("clean_up", stdout=output)
    assert output.getvalue() == "Deleted 0 tokens, 0 sessions, 0 failed log-ins.\n"


def test_no_stored_token_works(acme: NewPartner) -> None:
    first = pair_for(acme.user)["refresh"]
    assert not OutstandingToken.objects.exists()
    refresh_pair(first)
    for text in OutstandingToken.objects.values_list("token", flat=True):
        with pytest.raises(Exception, match="Invalid"):
            refresh_pair(text)
