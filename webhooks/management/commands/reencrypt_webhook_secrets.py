"""`manage.py reencrypt_webhook_secrets`: ends the need for `WEBHOOK_PREVIOUS_SECRETS_KEYS`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from webhooks import secrets
from webhooks.models import Webhook


class Command(BaseCommand):
    """Encrypts every webhook's secrets with the current key."""

    help = "Encrypt the secrets of webhooks with the current WEBHOOK_SECRETS_KEY."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Changes all or, where a secret cannot be read, nothing."""
        webhooks = list(Webhook.objects.select_for_update())
        for webhook in webhooks:
            try:
                webhook.secret = secrets.reencrypt(webhook.secret)
                if webhook.previous_secret:
                    webhook.previous_secret = secrets.reencrypt(webhook.previous_secret)
            except secrets.UnreadableSecretError:
                raise CommandError(
                    f"No key decrypts the secrets of {webhook}: name the old one in "
                    "WEBHOOK_PREVIOUS_SECRETS_KEYS."
                ) from None
            webhook.save(update_fields=["secret", "previous_secret"])
        self.stdout.write(f"{len(webhooks)} encrypted with the current key.")
