"""The worker: one thread that uses the database, and many that deliver.

Deliveries wait for other people's servers, so they run in threads; threads that used the database
would need a connection each. Whatever a thread learns goes back to the one thread, which notes it.
"""

import logging
from collections import Counter, deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections

from outbox import periodic, queue
from outbox.handlers import Outcome, handler_of, kinds
from outbox.models import Message
from outbox.wakeup import Wakeup

logger = logging.getLogger(__name__)

THREADS = 64
DATABASE_AWAY = (OperationalError, InterfaceError)
NOTES = 32  # outcomes noted in one transaction
LAST_NOTES = 10  # tries to note the last outcomes of a worker that was told to stop


class Worker:
    """Delivers due messages of the kinds in `only` (empty: all) until it is told to stop."""

    def __init__(self, only: Collection[str] = (), poll: float = 1.0) -> None:
        self._only = only or kinds()
        self._poll = poll
        self._wakeup = Wakeup()
        self._senders = ThreadPoolExecutor(THREADS, thread_name_prefix="deliver")
        self._jobs = ThreadPoolExecutor(1, thread_name_prefix="periodic")
        self._job: Future[None] | None = None
        self._running: Counter[str] = Counter()  # by kind
        # Filled by the senders; what could not be noted yet stays in `_unnoted`.
        self._finished: deque[tuple[Message, Outcome]] = deque()
        self._unnoted: list[tuple[Message, Outcome]] = []
        self._is_stopping = False

    def stop(self) -> None:
        """Ends `run` after the messages in hand; callable from a signal handler."""
        self._is_stopping = True
        self._wakeup.wake()

    def run(self, *, once: bool = False) -> None:
        """Works until `stop`; with `once` until nothing is due."""
        with self._wakeup, self._jobs, self._senders:
            while not self._is_stopping:
                is_busy = self._turn()
                if once and not is_busy:
                    break
                if not once:
                    self._start_periodic()
                if not self._finished:
                    self._wakeup.wait(self._poll)
            self._end()

    def _turn(self) -> bool:
        """Notes what has finished and starts what is due; returns whether anything is in hand.

        A database that is away is like an empty outbox; outcomes wait until it is back.
        """
        close_old_connections()
        try:
            self._note()
            self._start(queue.claim(THREADS - self._running.total(), self._room()))
        except DATABASE_AWAY as error:
            logger.error("Database unavailable in the worker: %s", type(error).__name__)
        return bool(self._running.total() or self._unnoted)

    def _room(self) -> dict[str, int]:
        """How many messages of each kind may be claimed."""
        return {kind: handler_of(kind).per_worker - self._running[kind] for kind in self._only}

    def _note(self) -> None:
        while self._finished:
            message, outcome = self._finished.popleft()
            self._unnoted.append((message, outcome))
            self._running[message.kind] -= 1
        while self._unnoted:
            batch = self._unnoted[:NOTES]
            _settle(batch)
            del self._unnoted[: len(batch)]

    def _start(self, claimed: Sequence[Message]) -> None:
        by_kind = sorted(claimed, key=attrgetter("kind"))
        for kind, messages in groupby(by_kind, key=attrgetter("kind")):
            self._start_kind(kind, list(messages))

    def _start_kind(self, kind: str, messages: Sequence[Message]) -> None:
        prepared: dict[int, Any] = {}
        try:
            prepared = handler_of(kind).prepare(messages)
        except DATABASE_AWAY:  # their leases bring them back
            raise
        except Exception as error:  # a fault in one kind must not stop the others
            logger.error("Cannot prepare messages of %s", kind, exc_info=error)
        for message in messages:
            self._running[kind] += 1
            self._senders.submit(self._deliver, message, prepared.get(message.pk))

    def _deliver(self, message: Message, prepared: Any) -> None:
        self._finished.append((message, deliver(message, prepared)))
        self._wakeup.wake()

    def _start_periodic(self) -> None:
        if self._job is None or self._job.done():
            self._job = self._jobs.submit(periodic.run_due)

    def _end(self) -> None:
        """Waits for the messages in hand and notes them."""
        tries = 0
        while self._running.total() or self._unnoted:
            if not self._finished and not self._unnoted:
                self._wakeup.wait(self._poll)
            close_old_connections()
            try:
                self._note()
            except DATABASE_AWAY as error:
                logger.error("Database unavailable in the worker: %s", type(error).__name__)
                tries += 1
                if tries >= LAST_NOTES and not self._running.total():
                    return
                self._wakeup.wait(self._poll)


def deliver(message: Message, prepared: Any) -> Outcome:
    """Makes one attempt; returns a failure where the handler raises or had nothing to send."""
    if prepared is None:
        return Outcome(False, "What was to be sent is gone or cannot be read.")
    try:
        return handler_of(message.kind).deliver(message, prepared)
    except Exception as error:  # whatever it is, the message must come round again
        logger.warning("%s: %s", message, type(error).__name__)
        return Outcome(False, f"{type(error).__name__}: {error}")


def _settle(batch: Sequence[tuple[Message, Outcome]]) -> None:
    """Notes outcomes in one transaction, or one by one where one of them cannot be noted."""
    try:
        queue.settle(batch)
        return
    except DATABASE_AWAY:
        raise
    except Exception as error:
        logger.error("Cannot note %s outcomes together", len(batch), exc_info=error)
    for message, outcome in batch:
        try:
            queue.settle([(message, outcome)])
        except DATABASE_AWAY:
            raise
        except Exception as error:  # its lease brings it back; it must not stop the others
            logger.error("Cannot note how %s ended", message, exc_info=error)


def run_due(*only: str) -> int:
    """Delivers what is due in this thread, one after the other; returns how many attempts were made."""
    room = dict.fromkeys(only or kinds(), THREADS)
    count = 0
    while claimed := queue.claim(THREADS, room):
        prepared: dict[int, Any] = {}
        for kind, messages in groupby(sorted(claimed, key=attrgetter("kind")), key=attrgetter("kind")):
            prepared |= handler_of(kind).prepare(list(messages))
        queue.settle([(message, deliver(message, prepared.get(message.pk))) for message in claimed])
        count += len(claimed)
    return count
