"""System checks: one for each mistake a deployer can make, each with the way to mend it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

TAG = "warrantify"
MIN_SECRET_LENGTH = 32


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


@register(TAG)
def check_secrets(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E001-E003: each secret is there and long enough; E004: no two are the same."""
    names = ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET")
    faults = [fault for number, name in enumerate(names, 1) for fault in _secret_fault(name, number)]
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
