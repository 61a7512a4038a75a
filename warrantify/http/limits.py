"""Rate limits: how often one caller may use one class of endpoints (`RATE_LIMITS` in settings).

Each limit is a counter per caller and fixed window in the shared cache, moved by atomic increments
only, so it holds across threads, processes and hosts. With the cache away requests pass.
"""

import logging
import math
import time
from collections.abc import Iterable, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from warrantify.http.errors import TooManyRequestsError
from warrantify.http.rates import Rate, parse_rate

logger = logging.getLogger(__name__)


WARN_EVERY_SECONDS = 60
_last_warning = -math.inf


def _warn_that_limits_are_off(reason: str) -> None:
    """At most one line a minute and process: with the cache away each request comes here."""
    global _last_warning  # noqa: PLW0603 (two threads at once cost a second line)
    now = time.monotonic()
    if now - _last_warning >= WARN_EVERY_SECONDS:
        _last_warning = now
        logger.error("Rate limits are off: the cache does not count (%s)", reason)


class Window:
    """One caller's share of one limit in the present window.

    `remaining` is None while the cache is away; `reset` counts the seconds to the next window.
    """

    def __init__(self, name: str, caller: str, rate: Rate) -> None:
        number, elapsed = divmod(int(time.time()), rate.seconds)
        self.rate = rate
        self.reset = rate.seconds - elapsed
        self.remaining: int | None = None
        # Hashed, as a user name may be long, odd, or somebody's e-mail address.
        self._key = f"limit:{name}:{sha256(caller.encode(errors='replace')).hexdigest()}:{number}"

    def take(self) -> bool:
        """Counts one request. Returns False, and counts nothing, when the limit is reached."""
        used = self._add(1)
        if used is None:
            return True
        self.remaining = max(0, self.rate.allowed - used)
        if used > self.rate.allowed:
            self._add(-1)
            return False
        return True

    def give_back(self) -> None:
        """Undoes `take`: this request turned out to cost nothing."""
        if self.remaining is not None:
            self._add(-1)
            self.remaining += 1

    def _add(self, delta: int) -> int | None:
        try:
            used = self._increment(delta)
        except Exception as error:  # any fault of the cache: a limit is not worth an outage
            _warn_that_limits_are_off(type(error).__name__)
            return None
        if used is None:  # django-redis, told to ignore that its server is away
            _warn_that_limits_are_off("no answer")
        return used

    def _increment(self, delta: int) -> int | None:
        try:
            return cache.incr(self._key, delta)
        except ValueError:  # the first of its window; of several at once `add` lets one set the 0
            cache.add(self._key, 0, timeout=2 * self.rate.seconds)
            return cache.incr(self._key, delta)


def take(name: str, caller: str) -> None:
    """Counts a request of `caller` under the limit `name`; raises TooManyRequestsError (429)."""
    window = _window(name, caller)
    if window is not None and not window.take():
        raise TooManyRequestsError(window.reset)


def _window(name: str, caller: str) -> Window | None:
    rate = parse_rate(settings.RATE_LIMITS[name])
    return None if rate is None else Window(name, caller, rate)


class LimitedView(APIView):
    """A view whose callers have limits; every counted answer says how much of them is left."""

    windows: Sequence[Window] = ()

    def limits(self, request: Request) -> Iterable[tuple[str, str]]:
        """Name of a limit and who is counted, for each limit that is known before the body is read."""
        raise NotImplementedError

    def check_throttles(self, request: Request) -> None:
        """DRF's hook, after authentication; raises TooManyRequestsError (429)."""
        for name, caller in self.limits(request):
            self.take(name, caller)

    def take(self, name: str, caller: str) -> None:
        """Counts this request for `caller` under the limit `name`; raises TooManyRequestsError (429)."""
        window = _window(name, caller)
        if window is None:
            return
        self.windows = [*self.windows, window]
        if not window.take():
            raise TooManyRequestsError(window.reset)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Announces the tightest limit; a 304 is given back."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if not self.windows:
            return response
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            for window in self.windows:
                window.give_back()
        left = {w.remaining: w for w in self.windows if w.remaining is not None}
        if left:
            remaining = min(left)
            response.headers["RateLimit-Limit"] = str(left[remaining].rate.allowed)
            response.headers["RateLimit-Remaining"] = str(remaining)
            response.headers["RateLimit-Reset"] = str(left[remaining].reset)
        return response
