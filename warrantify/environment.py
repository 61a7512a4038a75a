"""Reads environment variables strictly: each wrong value becomes one sentence that names its variable.

The functions below `Reader` are casts: each returns the value that a text means, and raises ValueError
with the rest of a sentence that begins with the variable's name.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from environ import Env

T = TypeVar("T")
D = TypeVar("D")

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# What a database URL may switch behind its question mark.
FLAGS = {"DISABLE_SERVER_SIDE_CURSORS", "CONN_HEALTH_CHECKS", "ATOMIC_REQUESTS", "AUTOCOMMIT"}
MAX_NUMBER = 10**9


class Reader:
    """Reads variables by name. What is wrong is collected, so that `refuse_faults` tells all of it.

    A value may stand in a file that NAME_FILE names; line breaks at its end are not part of it. An
    empty value is an absent one.
    """

    def __init__(self) -> None:
        self.faults: list[str] = []

    def __call__(self, name: str, cast: Callable[[str], T], default: D) -> T | D:
        """Returns the variable's value, or `default` where it is absent or wrong."""
        text = self._text(name)
        try:
            return cast(text) if text else default
        except ValueError as error:
            self.faults.append(f"{name} {error}.")
            return default

    def refuse_faults(self) -> None:
        """Ends the process where a value was wrong, with a sentence for each."""
        if self.faults:
            sys.exit("\n".join(self.faults))

    def _text(self, name: str) -> str:
        path = os.environ.get(f"{name}_FILE")
        if not path:
            return os.environ.get(name, "")
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            self.faults.append(f"{name}_FILE names a file that cannot be read: {reason}.")
            return ""


def flag(text: str) -> bool:
    """On or off."""
    word = text.strip().lower()
    if word in Env.BOOLEAN_TRUE_STRINGS:
        return True
    if word in ("false", "off", "n", "no", "0"):
        return False
    raise ValueError(f"must be on or off, not {text!r}")


def between(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def cast(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {text!r}")
        return number

    return cast


number = between(0, MAX_NUMBER)


def words(text: str) -> list[str]:
    """Words, comma separated."""
    return [word for part in text.split(",") if (word := part.strip())]


def pairs(text: str) -> dict[str, str]:
    """A mapping: `a:b,c:d`; the last colon of a pair parts it."""
    found = [word.rpartition(":") for word in words(text)]
    if not all(name and value for name, _, value in found):
        raise ValueError("must be pairs such as their-group:Operations, comma separated")
    return {name.strip(): value.strip() for name, _, value in found}


def one_of(*choices: str) -> Callable[[str], str]:
    """One of several words."""

    def cast(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be {' or '.join(choices)}, not {text!r}")
        return text

    return cast


def log_level(text: str) -> str:
    """A level of `logging`."""
    if text.upper() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}, not {text!r}")
    return text.upper()


def time_zone(text: str) -> str:
    """The name of a time zone."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must name a time zone such as Asia/Kolkata, not {text!r}") from None
    return text


def database(url: str) -> dict[str, Any]:
    """Django's settings of a database."""
    config = _parsed(
        url,
        ("postgres", "postgresql", "sqlite"),
        Env.db_url_config,
        "must be postgres://user:password@host:5432/name or sqlite:////path",
    )
    return config | {name: flag(str(value)) for name, value in config.items() if name in FLAGS}


def cache(url: str) -> dict[str, Any]:
    """Django's settings of a cache."""
    form = "must be rediscache://host:6379/0 or locmemcache://"
    return _parsed(url, Env.CACHE_SCHEMES, Env.cache_url_config, form)


def email(url: str) -> dict[str, Any]:
    """Django's settings of mail; SMTP by our own backend, which keeps a deadline."""
    form = "must be smtp+tls://user:password@host:587 or filemail:////folder"
    config = _parsed(url, Env.EMAIL_SCHEMES, Env.email_url_config, form)
    if url.startswith("smtp"):
        config["EMAIL_BACKEND"] = "warrantify.smtp.EmailBackend"
    return config


def _parsed(url: str, schemes: Any, parse: Callable[[str], dict[str, Any]], form: str) -> dict[str, Any]:
    """The parsed URL. A fault does not repeat the value: it may hold a password."""
    try:
        if urlsplit(url).scheme in schemes:
            return dict(parse(url))
    except ValueError:
        pass
    raise ValueError(form)
