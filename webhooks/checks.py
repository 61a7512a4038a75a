"""System checks of the webhook settings, each with a hint."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from warrantify.checks import MIN_SECRET_LENGTH, TAG


@register(TAG)
def check_secrets_key(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E030: the key that encrypts webhooks' secrets is long enough."""
    if len(settings.WEBHOOK_SECRETS_KEY) >= MIN_SECRET_LENGTH:
        return []
    return [
        Error(
            f"WEBHOOK_SECRETS_KEY is shorter than {MIN_SECRET_LENGTH} characters.",
            hint="Choose one like the other secrets, or leave it empty to derive it from SECRET_KEY.",
            id="webhooks.E030",
        )
    ]


@register(TAG, deploy=True)
def check_private(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """W030, on `check --deploy`: webhooks must not reach our own network."""
    if not settings.WEBHOOK_ALLOW_PRIVATE:
        return []
    return [
        Warning(
            "WEBHOOK_ALLOW_PRIVATE is on: partners' webhooks may lead to private addresses and plain http.",
            hint="Set it only for development.",
            id="webhooks.W030",
        )
    ]
