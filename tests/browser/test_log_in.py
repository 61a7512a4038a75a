"""The ways into the desk, walked in a real browser: password and code, passkey, single sign-on."""

import time
from collections.abc import Iterator
from typing import Literal

import oidc_provider_mock
import pytest
import requests
from playwright.sync_api import Browser, Page

from tests.accounts.test_factors import code_of
from tests.browser.axe import faults
from tests.browser.conftest import CREATE_STAFF
from tests.conftest import Serving
from tests.support.staff import PASSWORD

pytestmark = pytest.mark.xdist_group("log_in")

APP_STEP = 30  # seconds that a code of an authenticator app is shown
PEOPLE = ("With app", "With key", "With code")


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def base(provider: str, serving: Serving) -> Iterator[str]:
    """The service under the name that browsers allow passkeys for without TLS."""
    settings = {
        "OIDC_ISSUER": provider,
        "OIDC_CLIENT_ID": "desk",
        "OIDC_CLIENT_SECRET": "secret",
        "OIDC_GROUP_MAP": "repair-ops:Operations",
    }
    with serving("log_in", **settings) as service:
        people = "\n".join(
            f"User.objects.create_superuser({name.lower().replace(' ', '-')!r}, password={PASSWORD!r})"
            for name in PEOPLE
        )
        script = CREATE_STAFF.format(groups=(), password=PASSWORD) + people
        created = service.manage("shell", "-c", script)
        assert created.returncode == 0, created.stderr
        yield service.base.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(chromium: Browser, base: str) -> Iterator[Page]:
    """A fresh browser whose pages must not complain."""
    context = chromium.new_context()
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda m: (
            complaints.append(m.text) if m.type == "error" and m.location["url"].startswith(base) else None
        ),
    )
    yield opened
    context.close()
    assert complaints == []


def enter_password(page: Page, base: str, username: str) -> None:
    page.goto(f"{base}/admin/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


def give_password_again(page: Page) -> None:
    page.wait_for_url("**/confirm/**")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


def enter_code(page: Page, base: str, code: str) -> None:
    page.wait_for_url("**/2fa/authenticate/")
    page.fill("[name=code]", code)
    page.press("[name=code]", "Enter")
    page.wait_for_url(f"{base}/admin/")


def log_out(page: Page, base: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{base}/admin/")


def test_password_and_app(page: Page, base: str) -> None:
    enter_password(page, base, "with-app")
    page.goto(f"{base}/admin/account/2fa/totp/activate/")
    give_password_again(page)
    secret = page.input_value("#authenticator_secret")
    page.fill("[name=code]", code_of(secret))
    page.press("[name=code]", "Enter")
    page.wait_for_url("**/recovery-codes/")
    recovery_code = page.input_value("textarea").split()[0]
    log_out(page, base)

    enter_password(page, base, "with-app")
    enter_code(page, base, recovery_code)
    log_out(page, base)

    enter_password(page, base, "with-app")
    enter_code(page, base, code_of(secret, time.time() + APP_STEP))  # a clock may be a step ahead


def test_passkey(page: Page, base: str) -> None:
    authenticator = page.context.new_cdp_session(page)
    authenticator.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    authenticator.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    enter_password(page, base, "with-key")
    page.goto(f"{base}/admin/account/2fa/webauthn/add/")
    give_password_again(page)
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/")
    log_out(page, base)

    page.click("#passkey_login")
    page.wait_for_url(f"{base}/admin/")
    log_out(page, base)

    enter_password(page, base, "with-key")
    page.wait_for_url("**/2fa/authenticate/")
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url(f"{base}/admin/")


def test_single_sign_on(page: Page, base: str, provider: str) -> None:
    claims = {"preferred_username": "asha", "groups": ["repair-ops"]}
    requests.put(f"{provider}/users/asha", json=claims, timeout=5)
    page.goto(f"{base}/admin/repairs/repairorder/")
    page.click("text=Log in by single sign-on")
    page.wait_for_url(f"{provider}/**")
    page.fill("[name=sub]", "asha")
    page.press("[name=sub]", "Enter")
    page.wait_for_url(f"{base}/admin/repairs/repairorder/")
    assert page.locator("#changelist").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium: Browser, base: str, scheme: Literal["light", "dark"]) -> None:
    page = chromium.new_page(color_scheme=scheme)
    page.goto(f"{base}/admin/")
    found = faults(page)
    enter_password(page, base, "with-code")
    page.wait_for_url(f"{base}/admin/")
    page.goto(f"{base}/admin/account/2fa/totp/activate/")
    found += faults(page)
    give_password_again(page)
    page.wait_for_url("**/totp/activate/")
    for path in ("2fa/totp/activate/", "2fa/webauthn/add/", "2fa/", ""):
        page.goto(f"{base}/admin/account/{path}")
        found += faults(page)
    page.context.close()
    assert not found, "\n".join(found)
