"""How messages of one kind are delivered. Apps register a handler in `AppConfig.ready`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from outbox.models import Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended.

    `result` is kept on the message, `error` is a short sentence for staff. `retry_after` is the
    receiver's own wish: the next attempt waits at least that long. `is_final` allows no further one.
    """

    is_delivered: bool
    error: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    retry_after: timedelta = timedelta(0)
    is_final: bool = False


class Handler:
    """The base of all handlers: limits, waits, and three steps.

    A worker calls `prepare` and `settled` in its one thread that uses the database, and `deliver` in
    one of many threads that must not use it. `lease` has to be longer than a batch ever takes.
    """

    kind: ClassVar[str]
    max_attempts: ClassVar[int]
    lease: ClassVar[timedelta] = timedelta(minutes=1)
    # How many messages of a destination a worker claims at once, and how many of them it sends at the
    # same time. So many may be repeated when it dies.
    batch: ClassVar[int] = 1
    in_flight: ClassVar[int] = 1
    # While a destination fails, only its oldest message is tried.
    stops_on_failure: ClassVar[bool] = False
    # How long finished messages are kept; None: until what they belong to is deleted.
    keep: ClassVar[timedelta | None] = None

    def wait_after(self, attempts: int) -> timedelta:
        """Returns how long to wait after that many failed attempts."""
        raise NotImplementedError

    def prepare(self, messages: Sequence[Message]) -> dict[int, Any]:
        """Returns by primary key what `deliver` needs of the database; a message left out fails."""
        raise NotImplementedError

    def deliver(self, message: Message, prepared: Any) -> Outcome:
        """Makes one attempt. An exception is an outcome too: a failure, to be tried again."""
        raise NotImplementedError

    def settled(self, message: Message, outcome: Outcome) -> None:
        """Called in the transaction that notes the outcome."""


_HANDLERS: dict[str, Handler] = {}


def register(handler: Handler) -> None:
    """Makes `handler` the one for its kind."""
    _HANDLERS[handler.kind] = handler


def handler_of(kind: str) -> Handler:
    """Returns the handler; raises KeyError for a kind that no installed app registered."""
    return _HANDLERS[kind]


def kinds() -> list[str]:
    """Returns every kind that is registered."""
    return sorted(_HANDLERS)
