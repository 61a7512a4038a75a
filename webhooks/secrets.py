"""Secrets of webhooks: allocated, and kept encrypted in the database.

They are encrypted with a key derived from `WEBHOOK_SECRETS_KEY`, or from `SECRET_KEY` without it.
`WEBHOOK_PREVIOUS_SECRETS_KEYS` still decrypt; `manage.py reencrypt_webhook_secrets` ends the need.
"""

import base64
import hashlib
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

PREFIX = "whsec_"
SECRET_BYTES = 32


class UnreadableSecretError(Exception):
    """No configured key decrypts the secret."""


def new_secret() -> str:
    """Returns a secret in the form of Standard Webhooks: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def encrypt(secret: str) -> str:
    """Returns the text that is stored."""
    return _fernet().encrypt(secret.encode()).decode()


def decrypt(stored: str) -> str:
    """Returns the secret; raises UnreadableSecretError."""
    try:
        return _fernet().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise UnreadableSecretError from None


def reencrypt(stored: str) -> str:
    """Returns the stored text under the current key; raises UnreadableSecretError."""
    return encrypt(decrypt(stored))


def _fernet() -> MultiFernet:
    return _fernet_of((settings.WEBHOOK_SECRETS_KEY, *settings.WEBHOOK_PREVIOUS_SECRETS_KEYS))


@lru_cache(maxsize=4)
def _fernet_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    """A key for this purpose alone. The settings are long random texts, which need no stretching."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"warrantify webhook secrets " + key.encode()).digest())
