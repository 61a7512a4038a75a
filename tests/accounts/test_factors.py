"""Second factors of staff."""

import base64
import hashlib
import hmac
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from partners.models import User
from partners.services import NewPartner
from tests.conftest import PASSWORD
from tests.support.staff import at_desk, staff

INDEX = "/admin/"


def code_of(secret: str, at: float | None = None) -> str:
    """RFC 6238, written from the standard rather than taken from the library under test."""
    counter = struct.pack(">Q", int(at or time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


@pytest.fixture
def clerk(db: None) -> User:
    return staff("Operations")


@pytest.fixture
def secret(clerk: User) -> str:
    """The secret in the clerk's app."""
    text = str(generate_totp_secret())
    TOTP.activate(clerk, text)
    RecoveryCodes.activate(clerk)
    return text


def log_in(client: Client, username: str = "operations", password: str = PASSWORD) -> str:
    """Where name and password lead to."""
    answer = client.post(reverse("account_login"), {"login": username, "password": password})
    return str(answer.headers.get("Location", answer.status_code))


def confirm(client: Client) -> None:
    """Gives the password again, as changes of factors ask for."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def enter(client: Client, code: str) -> bool:
    """Whether the code opens the desk."""
    client.post(reverse("mfa_authenticate"), {"code": code})
    return client.get(INDEX).status_code == 200


def test_without_a_factor_the_password_opens_the_desk(clerk: User, client: Client) -> None:
    assert log_in(client) == INDEX
    assert client.get(INDEX).status_code == 200


def test_a_log_in_leads_back_to_the_page_that_asked_for_it(clerk: User, client: Client) -> None:
    page = reverse("admin:repairs_repairorder_changelist")
    asked = client.get(page, follow=True)
    assert f'value="{page}"' in asked.text
    answer = client.post(
        reverse("account_login"), {"login": "operations", "password": PASSWORD, "next": page}
    )
    assert answer.headers["Location"] == page


def test_with_a_factor_the_password_alone_opens_nothing(secret: str, client: Client) -> None:
    assert log_in(client) == reverse("mfa_authenticate")
    assert client.get(INDEX).status_code == 302


def test_the_apps_code_opens_the_desk(secret: str, client: Client) -> None:
    log_in(client)
    assert enter(client, code_of(secret))


@pytest.mark.parametrize(
    "code", ["", "000000", "abc", "\u0661\u0662\u0663\u0664\u0665\u0666", "1" * 5000, "1\x00"]
)
def test_a_wrong_code_opens_nothing(secret: str, client: Client, code: str) -> None:
    log_in(client)
    assert not enter(client, code)


def test_a_code_works_once(secret: str, client: Client) -> None:
    code = code_of(secret)
    other = Client()
    for browser in (client, other):
        log_in(browser)
    assert (enter(client, code), enter(other, code)) == (True, False)


def test_codes_cannot_be_guessed_at_length(secret: str, client: Client) -> None:
    log_in(client)
    for _ in range(10):
        enter(client, "000000")
    assert not enter(client, code_of(secret))


def test_a_recovery_code_works_once(secret: str, clerk: User, client: Client) -> None:
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    other = Client()
    for browser in (client, other):
        log_in(browser)
    assert (enter(client, code), enter(other, code)) == (True, False)


def test_factors_are_encrypted_at_rest(secret: str) -> None:
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert stored != secret
    assert len(stored) > 80


def test_a_factor_outlives_a_change_of_the_secret_key(
    secret: str, client: Client, settings: LazySettings
) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-" * 8
    log_in(client)
    assert enter(client, code_of(secret))


def test_where_a_factor_is_required_the_desk_waits_for_it(
    clerk: User, client: Client, settings: LazySettings
) -> None:
    settings.STAFF_MFA = "required"
    log_in(client)
    for path in (INDEX, reverse("admin:repairs_repairorder_changelist")):
        assert client.get(path).headers["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200


def test_with_a_factor_the_requirement_is_met(secret: str, client: Client, settings: LazySettings) -> None:
    settings.STAFF_MFA = "required"
    log_in(client)
    assert enter(client, code_of(secret))


def test_setting_up_the_app_stands_in_the_history(
    clerk: User, client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    log_in(client)
    confirm(client)
    page = client.get(reverse("mfa_activate_totp"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(page.context["form"].secret)})
    assert answer.headers["Location"] == reverse("mfa_view_recovery_codes")
    entries = LogEntry.objects.values_list("change_message", flat=True)
    assert "Added a second factor: TOTP Authenticator." in entries


def test_a_superuser_resets_a_lost_factor(secret: str, clerk: User, client: Client) -> None:
    root = at_desk(None)
    root.post(reverse("desk_user_reset_factor", args=[clerk.pk]))
    assert log_in(client) == INDEX
    entry = LogEntry.objects.get(object_id=clerk.pk)
    assert (entry.user.username, entry.change_message[:25]) == ("root", "Reset the second factor (")


@pytest.mark.parametrize("name", ["desk_user_access", "desk_user_reset_factor", "desk_user_end_sessions"])
@pytest.mark.parametrize("group", ["Operations", "Partner managers", "Auditors"])
def test_only_a_superuser_touches_another_ones_access(db: None, name: str, group: str) -> None:
    desk = at_desk(group)
    victim = User.objects.create_superuser("chief", password=PASSWORD)
    url = reverse(name, args=[victim.pk])
    assert (desk.get if name == "desk_user_access" else desk.post)(url).status_code == 403


def test_a_partners_login_does_not_open_the_desk(acme: NewPartner, client: Client) -> None:
    assert log_in(client, "acme") == "200"
    assert not client.session.get("_auth_user_id")


def test_nobody_signs_up_or_resets_a_password_by_mail(db: None, client: Client) -> None:
    for path in ("signup/", "password/reset/", "email/", "oidc/new/", "2fa/webauthn/signup/"):
        assert client.get(f"/admin/account/{path}").status_code in (302, 403, 404)


@pytest.mark.parametrize("name", ["desk_account", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn"])
def test_the_pages_of_an_account_open(clerk: User, client: Client, name: str) -> None:
    log_in(client)
    confirm(client)
    assert client.get(reverse(name)).status_code == 200


def test_a_change_of_factors_asks_for_the_password_again(clerk: User, client: Client) -> None:
    log_in(client)
    assert (
        client.get(reverse("mfa_activate_totp"))
        .headers["Location"]
        .startswith(reverse("account_reauthenticate"))
    )


def test_a_technician_reaches_their_own_account(db: None, settings: LazySettings) -> None:
    settings.STAFF_MFA = "required"
    technician = at_desk("Technicians")
    assert technician.get(INDEX).headers["Location"] == reverse("mfa_index")
    for name in ("mfa_index", "desk_account"):
        assert technician.get(reverse(name)).status_code == 200
