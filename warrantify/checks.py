"""System checks: one for each mistake of a deployment, each with a hint how to correct it."""

import os
import re
import sys
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Warning, register, run_checks

from warrantify.http.rates import parse_rate

TAG = "warrantify"
MIN_SECRET_LENGTH = 32
PLACEHOLDER = "replace-me"
MIN_METRICS_TOKEN = 16


def _secret_fault(name: str, number: int) -> list[CheckMessage]:
    if len(getattr(settings, name)) >= MIN_SECRET_LENGTH:
        return []
    return [
        Error(
            f"{name} is missing or shorter than {MIN_SECRET_LENGTH} characters.",
            hint=f"Set {name} (or {name}_FILE) in the environment: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(48))"',
            id=f"warrantify.E{number:03d}",
        )
    ]


def _placeholder(name: str) -> CheckMessage:
    return Error(
        f"{name} is the placeholder of .env.example, which everybody knows.",
        hint='Set your own: python3 -c "import secrets; print(secrets.token_urlsafe(48))"',
        id="warrantify.E010",
    )


@register(TAG)
def check_secrets(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E001-E003: each secret is there and long enough; E004: no two are the same; E010: none is public."""
    names = ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET")
    faults = [fault for number, name in enumerate(names, 1) for fault in _secret_fault(name, number)]
    faults += [_placeholder(name) for name in names if PLACEHOLDER in getattr(settings, name).lower()]
    values = [getattr(settings, name) for name in names]
    if len(set(values)) < len(values):
        faults.append(
            Error(
                "Two secrets have the same value.",
                hint=f"Draw {', '.join(names)} separately: one that leaks must not open the others.",
                id="warrantify.E004",
            )
        )
    return faults


@register(TAG)
def check_hosts(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E005: production names its hosts."""
    if settings.DEBUG or (settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            "ALLOWED_HOSTS is empty or allows every host.",
            hint="Set ALLOWED_HOSTS to the names partners use, comma separated: api.example.com",
            id="warrantify.E005",
        )
    ]


@register(TAG)
def check_origins(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E011: each trusted origin has a scheme, without which Django compares it with nothing."""
    return [
        Error(
            f"CSRF_TRUSTED_ORIGINS names {origin!r}, which has no scheme.",
            hint="Give origins as a browser sends them, comma separated: https://api.example.com",
            id="warrantify.E011",
        )
        for origin in settings.CSRF_TRUSTED_ORIGINS
        if not re.match(r"https?://[^/]", origin)
    ]


@register(TAG)
def check_admin(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E006: the admin has a path of its own; E007: its networks are networks."""
    faults: list[CheckMessage] = []
    if not re.fullmatch(r"(?!api/)(?:[A-Za-z0-9_-]+/)+", settings.ADMIN_PATH):
        faults.append(
            Error(
                "ADMIN_PATH is no path of its own.",
                hint="Set ADMIN_PATH to letters, digits and hyphens that do not begin with api: desk-7f3a",
                id="warrantify.E006",
            )
        )
    for network in settings.ADMIN_ALLOWED_NETWORKS:
        try:
            ip_network(network)
        except ValueError:
            faults.append(
                Error(
                    f"ADMIN_ALLOWED_NETWORKS names {network!r}, which is no network.",
                    hint="Give networks in CIDR form, comma separated: 10.0.0.0/8,203.0.113.7/32",
                    id="warrantify.E007",
                )
            )
    return faults


@register(TAG)
def check_proxies(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E008: TRUSTED_PROXIES counts proxies; W004: who trusts a proxy's word on TLS counts it."""
    if settings.TRUSTED_PROXIES < 0:
        return [
            Error(
                "TRUSTED_PROXIES is negative.",
                hint="Set TRUSTED_PROXIES to the number of proxies of yours that add to X-Forwarded-For.",
                id="warrantify.E008",
            )
        ]
    if settings.SECURE_PROXY_SSL_HEADER and not settings.TRUSTED_PROXIES:
        return [
            Warning(
                "SECURE_PROXY is on and TRUSTED_PROXIES is 0: all callers seem to have the proxy's address.",
                hint="Set TRUSTED_PROXIES=1 where one proxy stands before the service.",
                id="warrantify.W004",
            )
        ]
    return []


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain


@register(TAG)
def check_public_url(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E040: PUBLIC_URL is an address that links can begin with."""
    if _is_address(settings.PUBLIC_URL):
        return []
    return [
        Error(
            "PUBLIC_URL is no http or https address.",
            hint="Set PUBLIC_URL to where people reach the service: https://api.example.com",
            id="warrantify.E040",
        )
    ]


@register(TAG, deploy=True)
def check_public_url_is_public(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """W040, on `check --deploy`: the links in mails are protected on their way."""
    if settings.PUBLIC_URL.startswith("https://"):
        return []
    return [
        Warning(
            "PUBLIC_URL is not https: approval links in mails lead to an unprotected page.",
            hint="Set PUBLIC_URL to the https address of the service.",
            id="warrantify.W040",
        )
    ]


@register(TAG)
def check_metrics_token(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E009: a metrics token that is set is long enough to keep metrics to ourselves."""
    if not settings.METRICS_TOKEN or len(settings.METRICS_TOKEN) >= MIN_METRICS_TOKEN:
        return []
    return [
        Error(
            f"METRICS_TOKEN is shorter than {MIN_METRICS_TOKEN} characters.",
            hint="Draw one like a secret, or leave it empty to serve no metrics.",
            id="warrantify.E009",
        )
    ]


@register(TAG)
def check_rate_limits(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E020: each rate limit can be read."""
    faults: list[CheckMessage] = []
    for name, text in settings.RATE_LIMITS.items():
        try:
            parse_rate(text)
        except ValueError as error:
            hint = f"Set RATE_LIMIT_{name.upper()} to <number>/s, /min, /hour or /day, or to 0 for no limit."
            faults.append(Error(f"RATE_LIMIT_{name.upper()}: {error}.", hint=hint, id="warrantify.E020"))
    return faults


@register(TAG)
def check_single_sign_on(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E012: single sign-on is set up wholly or not at all; E013: its provider is reached by TLS."""
    needed = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_GROUP_MAP")
    faults: list[CheckMessage] = []
    absent = [name for name in needed if not getattr(settings, name)] if settings.OIDC_ISSUER else []
    if settings.OIDC_ONLY and not settings.OIDC_ISSUER:
        absent = ["OIDC_ISSUER"]
    if absent:
        faults.append(
            Error(
                f"Single sign-on lacks {', '.join(absent)}.",
                hint="Set OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_GROUP_MAP together.",
                id="warrantify.E012",
            )
        )
    parts = urlsplit(settings.OIDC_ISSUER)
    if settings.OIDC_ISSUER and parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1"):
        faults.append(
            Error(
                "OIDC_ISSUER is not an https address.",
                hint="Give the issuer as your provider names it: https://login.example.com/realms/staff",
                id="warrantify.E013",
            )
        )
    return faults


@register(TAG, deploy=True)
def check_second_factor(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """W005, on `check --deploy`: a password alone does not open the desk."""
    if settings.STAFF_MFA == "required" or settings.OIDC_ONLY:
        return []
    return [
        Warning(
            "Staff may log in by a password alone.",
            hint="Set STAFF_MFA=required: customers' names and addresses are behind that password.",
            id="warrantify.W005",
        )
    ]


@register(TAG, deploy=True)
def check_services(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """W001-W003, on `check --deploy`: the embedded stand-ins are not for production."""
    stand_ins = (
        ("W001", settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"), "DATABASE_URL", "SQLite"),
        (
            "W002",
            not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"),
            "EMAIL_URL",
            "mail to files",
        ),
        (
            "W003",
            settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"),
            "CACHE_URL",
            "a cache that processes do not share",
        ),
    )
    return [
        Warning(
            f"{name} is not set: the service runs on {what}.",
            hint=f"Set {name}; .env.example shows the form.",
            id=f"warrantify.{number}",
        )
        for number, stands_in, name, what in stand_ins
        if stands_in
    ]


def refuse_faults(status: int) -> None:
    """Ends the process with `status`, the errors on standard error, where the configuration has any."""
    if faults := [check for check in run_checks(tags=[TAG]) if check.level >= ERROR]:
        print(*faults, sep="\n", file=sys.stderr)
        sys.exit(status)


if __name__ == "__main__":  # gunicorn.conf.py asks before it starts its processes
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "warrantify.settings")
    refuse_faults(1)
