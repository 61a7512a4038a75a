"""System checks: one for each mistake of a deployment, each with a hint how to correct it.

Numbers that begin with E stop the service; those with W are warnings. What cannot be read at all is
refused earlier, by `environment.py`.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Warning, register, run_checks

from warrantify.http.rates import parse_rate

TAG = "warrantify"
SECRETS = ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET")
DRAW = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
MIN_SECRET_LENGTH = 32
MIN_METRICS_TOKEN = 16


class Mistake(NamedTuple):
    """A wrong setting: its number, what is wrong, how to correct it."""

    number: str
    message: str
    hint: str

    def check(self) -> CheckMessage:
        """Returns it for Django."""
        level = Error if self.number.startswith("E") else Warning
        return level(self.message, hint=self.hint, id=f"warrantify.{self.number}")


@register(TAG)
def check_settings(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """What the service needs everywhere."""
    mistakes = (*_secrets(), *_addresses(), *_desk(), *_single_sign_on(), *_rate_limits())
    return [mistake.check() for mistake in mistakes]


@register(TAG, deploy=True)
def check_production(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """What production needs as well, on `check --deploy`."""
    return [mistake.check() for mistake in (*_stand_ins(), *_protection())]


def _secrets() -> Iterator[Mistake]:
    for number, name in enumerate(SECRETS, 1):
        value = getattr(settings, name)
        if len(value) < MIN_SECRET_LENGTH:
            yield Mistake(
                f"E{number:03d}",
                f"{name} is missing or shorter than {MIN_SECRET_LENGTH} characters.",
                f"Set {name} (or {name}_FILE) in the environment: {DRAW}",
            )
        if "replace-me" in value.lower():
            yield Mistake(
                "E010",
                f"{name} is the placeholder of .env.example, which everybody knows.",
                f"Set your own: {DRAW}",
            )
    if len({getattr(settings, name) for name in SECRETS}) < len(SECRETS):
        yield Mistake(
            "E004",
            "Two secrets have the same value.",
            f"Draw {', '.join(SECRETS)} separately: one that leaks must not open the others.",
        )


def _addresses() -> Iterator[Mistake]:
    if not settings.DEBUG and (not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS):
        yield Mistake(
            "E005",
            "ALLOWED_HOSTS is empty or allows every host.",
            "Set ALLOWED_HOSTS to the names partners use, comma separated: api.example.com",
        )
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if not re.match(r"https?://[^/]", origin):
            yield Mistake(
                "E011",
                f"CSRF_TRUSTED_ORIGINS names {origin!r}, which has no scheme.",
                "Give origins as a browser sends them, comma separated: https://api.example.com",
            )
    if not _is_address(settings.PUBLIC_URL):
        yield Mistake(
            "E040",
            "PUBLIC_URL is no http or https address.",
            "Set PUBLIC_URL to where people reach the service: https://api.example.com",
        )
    if settings.SECURE_PROXY_SSL_HEADER and not settings.TRUSTED_PROXIES:
        yield Mistake(
            "W004",
            "SECURE_PROXY is on and TRUSTED_PROXIES is 0: all callers seem to have the proxy's address.",
            "Set TRUSTED_PROXIES=1 where one proxy stands before the service.",
        )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain


def _desk() -> Iterator[Mistake]:
    if not re.fullmatch(r"(?!api/)(?:[A-Za-z0-9_-]+/)+", settings.ADMIN_PATH):
        yield Mistake(
            "E006",
            "ADMIN_PATH is no path of its own.",
            "Set ADMIN_PATH to letters, digits and hyphens that do not begin with api: desk-7f3a",
        )
    for network in settings.ADMIN_ALLOWED_NETWORKS:
        try:
            ip_network(network)
        except ValueError:
            yield Mistake(
                "E007",
                f"ADMIN_ALLOWED_NETWORKS names {network!r}, which is no network.",
                "Give networks in CIDR form, comma separated: 10.0.0.0/8,203.0.113.7/32",
            )
    if 0 < len(settings.METRICS_TOKEN) < MIN_METRICS_TOKEN:
        yield Mistake(
            "E009",
            f"METRICS_TOKEN is shorter than {MIN_METRICS_TOKEN} characters.",
            "Draw one like a secret, or leave it empty to serve no metrics.",
        )


def _single_sign_on() -> Iterator[Mistake]:
    needed = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_GROUP_MAP") if settings.OIDC_ISSUER else ()
    absent = [name for name in needed if not getattr(settings, name)]
    if settings.OIDC_ONLY and not settings.OIDC_ISSUER:
        absent = ["OIDC_ISSUER"]
    if absent:
        yield Mistake(
            "E012",
            f"Single sign-on lacks {', '.join(absent)}.",
            "Set OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_GROUP_MAP together.",
        )
    issuer = urlsplit(settings.OIDC_ISSUER)
    if (
        settings.OIDC_ISSUER
        and issuer.scheme != "https"
        and issuer.hostname not in ("localhost", "127.0.0.1")
    ):
        yield Mistake(
            "E013",
            "OIDC_ISSUER is not an https address.",
            "Give the issuer as your provider names it: https://login.example.com/realms/staff",
        )


def _rate_limits() -> Iterator[Mistake]:
    for name, text in settings.RATE_LIMITS.items():
        variable = f"RATE_LIMIT_{name.upper()}"
        try:
            parse_rate(text)
        except ValueError as error:
            yield Mistake(
                "E020",
                f"{variable}: {error}.",
                f"Set {variable} to <number>/s, /min, /hour or /day, or to 0 for no limit.",
            )


def _stand_ins() -> Iterator[Mistake]:
    # What the service does without a database, mail and cache server is not for production.
    mail, cache = settings.EMAIL_BACKEND, settings.CACHES["default"]["BACKEND"]
    for number, name, stands_in, what in (
        ("W001", "DATABASE_URL", settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"), "SQLite"),
        ("W002", "EMAIL_URL", not mail.endswith("smtp.EmailBackend"), "mail to files"),
        ("W003", "CACHE_URL", cache.endswith("LocMemCache"), "a cache that processes do not share"),
    ):
        if stands_in:
            message = f"{name} is not set: the service runs on {what}."
            yield Mistake(number, message, f"Set {name}; .env.example shows the form.")


def _protection() -> Iterator[Mistake]:
    if settings.STAFF_MFA != "required" and not settings.OIDC_ONLY:
        yield Mistake(
            "W005",
            "Staff may log in by a password alone.",
            "Set STAFF_MFA=required: customers' names and addresses are behind that password.",
        )
    if not settings.PUBLIC_URL.startswith("https://"):
        yield Mistake(
            "W040",
            "PUBLIC_URL is not https: approval links in mails lead to an unprotected page.",
            "Set PUBLIC_URL to the https address of the service.",
        )


def refuse_faults(status: int) -> None:
    """Ends the process with `status`, the errors on standard error, where the configuration has any."""
    if faults := [check for check in run_checks(tags=[TAG]) if check.level >= ERROR]:
        print(*faults, sep="\n", file=sys.stderr)
        sys.exit(status)


if __name__ == "__main__":  # gunicorn.conf.py asks before it starts its processes
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "warrantify.settings")
    refuse_faults(1)
