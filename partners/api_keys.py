"""API keys as text: generated, parsed, hashed. No database.

A key is `wk_<prefix>_<secret>`. The prefix finds its row, the digest proves the whole. With 256
random bits a fast hash is enough: there is nothing to guess from a dictionary.
"""

import hashlib
import secrets
from typing import NamedTuple

PREFIX_BYTES = 6
SECRET_BYTES = 32
MAX_LENGTH = 128


class NewKey(NamedTuple):
    """A new key: `text` is shown once, `prefix` and `digest` are stored."""

    text: str
    prefix: str
    digest: str


def generate() -> NewKey:
    """A new random key."""
    prefix = secrets.token_hex(PREFIX_BYTES)
    text = f"wk_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewKey(text, prefix, digest(text))


def prefix_of(text: str) -> str | None:
    """The prefix of a well-formed key; None for anything else."""
    parts = text.split("_", 2)
    if len(text) > MAX_LENGTH or not text.isascii() or len(parts) != 3 or parts[0] != "wk":
        return None
    return parts[1] if parts[1].isalnum() and parts[2] else None


def digest(text: str) -> str:
    """SHA-256 of the key, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
