"""Sessions of staff end in time, and can be ended."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from time_machine import TimeMachineFixture

from partners.clean_up import clean_up
from partners.models import User
from tests.accounts.test_factors import INDEX, log_in
from tests.conftest import PASSWORD
from tests.support.staff import at_desk, staff


@pytest.fixture
def clerk(db: None) -> User:
    return staff("Operations")


@pytest.fixture
def desk(clerk: User) -> Client:
    """The clerk's browser."""
    return browser()


def browser(username: str = "operations") -> Client:
    client = Client()
    log_in(client, username)
    return client


def is_open(client: Client) -> bool:
    return client.get(INDEX).status_code == 200


def after(time_machine: TimeMachineFixture, minutes: int) -> None:
    time_machine.move_to(timezone.now() + timedelta(minutes=minutes))


@pytest.mark.parametrize(("minutes", "stays"), [(55, True), (61, False)])
def test_an_idle_session_ends(
    desk: Client, time_machine: TimeMachineFixture, minutes: int, stays: bool
) -> None:
    after(time_machine, minutes)
    assert is_open(desk) is stays


def test_a_session_in_use_ends_after_twelve_hours(desk: Client, time_machine: TimeMachineFixture) -> None:
    seen = []
    for _ in range(15):
        after(time_machine, 50)
        seen.append(is_open(desk))
    assert seen == [True] * 14 + [False]


def test_without_an_idle_time_only_the_twelve_hours_count(
    desk: Client, time_machine: TimeMachineFixture, settings: LazySettings
) -> None:
    settings.SESSION_IDLE_MINUTES = 0
    after(time_machine, 700)
    assert is_open(desk)


def test_own_sessions_are_listed_and_ended(desk: Client) -> None:
    other = browser()
    page = desk.get(reverse("desk_account"))
    assert len(page.context["sessions"]) == 2
    [session] = [s for s in page.context["sessions"] if s.session_key != desk.session.session_key]
    desk.post(reverse("desk_end_session", args=[session.pk]))
    assert (is_open(desk), is_open(other)) == (True, False)


def test_all_others_are_ended_at_once(desk: Client) -> None:
    others = [browser(), browser()]
    desk.post(reverse("desk_end_others"))
    assert [is_open(client) for client in (desk, *others)] == [True, False, False]


def test_another_ones_session_cannot_be_ended(desk: Client) -> None:
    staff("Auditors")
    colleague = browser("auditors")
    session = UserSession.objects.get(user__username="auditors")
    assert desk.post(reverse("desk_end_session", args=[session.pk])).status_code == 404
    assert is_open(colleague)


def test_a_superuser_ends_anybodys_sessions(desk: Client, clerk: User) -> None:
    root = at_desk(None)
    assert "127.0.0.1" in root.get(reverse("desk_user_access", args=[clerk.pk])).text
    root.post(reverse("desk_user_end_sessions", args=[clerk.pk]))
    assert not is_open(desk)


def test_a_new_password_ends_the_other_sessions(desk: Client) -> None:
    other = browser()
    new = "another-long-pass-phrase"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert desk.post(reverse("admin:password_change"), form).status_code == 302
    assert (is_open(desk), is_open(other)) == (True, False)


@pytest.mark.parametrize("field", ["is_active", "is_staff"])
def test_a_deactivated_users_sessions_are_gone_for_good(desk: Client, clerk: User, field: str) -> None:
    for value in (False, True):
        setattr(clerk, field, value)
        clerk.save()
    assert not is_open(desk)
    assert not UserSession.objects.exists()


def test_ended_sessions_leave_nothing_behind(desk: Client, time_machine: TimeMachineFixture) -> None:
    after(time_machine, 24 * 60)
    clean_up()
    assert not UserSession.objects.exists()
    assert not Session.objects.exists()


def test_the_users_page_leads_to_sessions_and_factors(clerk: User) -> None:
    page = at_desk(None).get(reverse("admin:partners_user_change", args=[clerk.pk]))
    assert reverse("desk_user_access", args=[clerk.pk]) in page.text
