"""Reads environment variables strictly: each wrong value becomes one sentence that names its variable."""

import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from environ import Env

FALSE_STRINGS = ("false", "off", "n", "no", "0")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DATABASE_SCHEMES = ("postgres", "postgresql", "sqlite")
# What a database URL may switch behind its question mark.
FLAGS = {"DISABLE_SERVER_SIDE_CURSORS", "CONN_HEALTH_CHECKS", "ATOMIC_REQUESTS", "AUTOCOMMIT"}
MAX_NUMBER = 10**9


class StrictEnv(Env):  # type: ignore[misc] # the library has no types
    """django-environ's reader, which takes no wrong value for another one in silence.

    A value may stand in a file that NAME_FILE names; line breaks at its end are not part of it. An
    empty value is an absent one. What is wrong is collected, so that `refuse_faults` tells all of it.
    """

    EMAIL_SCHEMES = {
        scheme: "warrantify.smtp.EmailBackend" if scheme.startswith("smtp") else backend
        for scheme, backend in Env.EMAIL_SCHEMES.items()
    }

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def get_value(
        self, var: str, cast: Any = None, default: Any = Env.NOTSET, parse_default: bool = False
    ) -> Any:
        """The library's method through which all others read; a wrong value gives `default`."""
        text = self._text(var)
        if not text:
            return self.parse_value(default, cast) if parse_default else default
        try:
            return self.parse_value(text, cast)
        except ValueError as error:
            self.faults.append(f"{var} {error}")
            return self.parse_value(default, cast) if parse_default else default

    @classmethod
    def parse_value(cls, value: Any, cast: Any) -> Any:
        """The library's method; raises ValueError with the rest of a sentence about the variable."""
        if cast is bool:
            return _flag(value, cls.BOOLEAN_TRUE_STRINGS)
        if cast is int:
            return between(0, MAX_NUMBER)(value)
        if cast is list:
            return [word for part in value.split(",") if (word := part.strip())]
        return super().parse_value(value, cast)

    def db_url(self, var: str, default: Any = Env.NOTSET, engine: Any = None) -> dict[str, Any]:
        """Django's settings of a database."""
        form = "must be postgres://user:password@host:5432/name or sqlite:////path"
        return self._url(var, default, DATABASE_SCHEMES, self._database, form)

    def cache_url(self, var: str, default: Any = Env.NOTSET, backend: Any = None) -> dict[str, Any]:
        """Django's settings of a cache."""
        form = "must be rediscache://host:6379/0 or locmemcache://"
        return self._url(var, default, self.CACHE_SCHEMES, self.cache_url_config, form)

    def email_url(self, var: str, default: Any = Env.NOTSET, backend: Any = None) -> dict[str, Any]:
        """Django's settings of mail."""
        form = "must be smtp+tls://user:password@host:587 or filemail:////folder"
        return self._url(var, default, self.EMAIL_SCHEMES, self.email_url_config, form)

    def refuse_faults(self) -> None:
        """Ends the process where a value was wrong, with a sentence for each."""
        if self.faults:
            sys.exit("\n".join(f"{fault}." for fault in self.faults))

    def _text(self, var: str) -> str | None:
        path = os.environ.get(f"{var}_FILE")
        if not path:
            return os.environ.get(var)
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            self.faults.append(f"{var}_FILE names a file that cannot be read: {reason}")
            return None

    def _database(self, url: str) -> dict[str, Any]:
        config: dict[str, Any] = self.db_url_config(url)
        flags = {
            name: _flag(value, self.BOOLEAN_TRUE_STRINGS) for name, value in config.items() if name in FLAGS
        }
        return config | flags

    def _url(
        self,
        var: str,
        default: str,
        schemes: Collection[str],
        parse: Callable[[str], dict[str, Any]],
        form: str,
    ) -> dict[str, Any]:
        """The parsed URL. A fault does not repeat the value: it may hold a password."""

        def parsed(text: str) -> dict[str, Any]:
            try:
                if urlsplit(text).scheme not in schemes:
                    raise ValueError
                return parse(text)
            except ValueError:
                raise ValueError(form) from None

        return dict(self.get_value(var, parsed, default, parse_default=True))


def _flag(text: object, true_strings: Collection[str]) -> bool:
    word = str(text).strip().lower()
    if word in true_strings:
        return True
    if word in FALSE_STRINGS:
        return False
    raise ValueError(f"must be on or off, not {text!r}")


def between(low: int, high: int) -> Callable[[str], int]:
    """A cast to a whole number within bounds."""

    def cast(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {text!r}")
        return number

    return cast


def log_level(text: str) -> str:
    """A cast to a level of `logging`."""
    if text.upper() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}, not {text!r}")
    return text.upper()


def time_zone(text: str) -> str:
    """A cast to the name of a time zone."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must name a time zone such as Asia/Kolkata, not {text!r}") from None
    return text


def one_of(*words: str) -> Callable[[str], str]:
    """A cast to one of several words."""

    def cast(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be {' or '.join(words)}, not {text!r}")
        return text

    return cast


def pairs(text: str) -> dict[str, str]:
    """A cast to a mapping: `a:b,c:d`; the last colon of a pair parts it."""
    found = [pair.strip().rpartition(":") for pair in text.split(",") if pair.strip()]
    if not all(name and value for name, _, value in found):
        raise ValueError("must be pairs such as their-group:Operations, comma separated")
    return {name.strip(): value.strip() for name, _, value in found}
