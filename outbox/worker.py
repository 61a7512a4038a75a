"""The worker: one thread that uses the database, and many that deliver.

Deliveries wait for other people's servers, so they run in threads; threads that used the database
would need a connection each. Whatever a thread learns goes back to the one thread, which notes it.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections

from outbox import claims, periodic
from outbox.claims import Claim, Finished
from outbox.handlers import Handler, Outcome, handler_of, kinds
from outbox.models import Message
from outbox.wakeup import Wakeup

logger = logging.getLogger(__name__)

THREADS = 64
DATABASE_AWAY = (OperationalError, InterfaceError)
NOTES = 32  # outcomes noted in one transaction
NOTE_SECONDS = 0.05  # the longest that an outcome waits to be noted
RUN_SECONDS = 5  # a batch ends by then, and an attempt later: well within any lease
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
        self._running = 0  # senders at work
        # Filled by the senders; what could not be noted yet stays in `_unnoted`.
        self._finished: deque[Finished] = deque()
        self._unnoted: list[Finished] = []
        self._ended: deque[None] = deque()  # one for each sender that is free again
        self._claim_at = 0.0
        self._is_stopping = False

    def stop(self) -> None:
        """Ends `run` after the messages in hand; callable from a signal handler."""
        self._is_stopping = True
        self._wakeup.wake()

    def run(self, *, once: bool = False) -> None:
        """Works until `stop`; with `once` until nothing is due."""
        with closing(self._wakeup), self._jobs, self._senders:
            while not self._is_stopping:
                is_busy = self._turn()
                if once and not is_busy:
                    break
                if not once:
                    self._start_periodic()
                self._wait()
            self._end()

    def _turn(self) -> bool:
        """Notes what has finished and starts what is due; returns whether anything is in hand.

        A database that is away is like an empty outbox; outcomes wait until it is back.
        """
        close_old_connections()
        try:
            self._note()
            if time.monotonic() >= self._claim_at:
                self._claim_at = time.monotonic() + self._poll
                self._start(claims.claim(THREADS - self._running, self._only))
        except DATABASE_AWAY as error:
            logger.error("Database unavailable in the worker: %s", type(error).__name__)
        return bool(self._running or self._unnoted or self._finished)

    def _wait(self) -> None:
        """Until it is time to note, or to claim: when told, when a sender is free, or after `poll`."""
        pause = min(self._poll, NOTE_SECONDS) if self._running else self._poll
        if self._wakeup.wait(pause):
            self._claim_at = 0.0

    def _note(self) -> None:
        while self._finished:
            self._unnoted.append(self._finished.popleft())
        while self._ended:
            self._ended.popleft()
            self._running -= 1
        while self._unnoted:
            batch = self._unnoted[:NOTES]
            _settle(batch)
            del self._unnoted[: len(batch)]

    def _start(self, claimed: Sequence[Claim]) -> None:
        by_kind: dict[str, list[Claim]] = {}
        for claim in claimed:
            by_kind.setdefault(claim.destination.kind, []).append(claim)
        for kind, of_kind in by_kind.items():
            self._start_kind(handler_of(kind), of_kind)

    def _start_kind(self, handler: Handler, claimed: Sequence[Claim]) -> None:
        prepared: dict[int, Any] = {}
        try:
            prepared = handler.prepare([message for claim in claimed for message in claim.messages])
        except DATABASE_AWAY:
            self._unnoted += [(claim, message, None) for claim in claimed for message in claim.messages]
            raise
        except Exception as error:  # a fault in one kind must not stop the others
            logger.error("Cannot prepare messages of %s", handler.kind, exc_info=error)
        for claim in claimed:
            run = Run(claim, handler, prepared, lambda: self._is_stopping)
            for share in shares(claim.messages, handler.in_flight):
                self._running += 1
                self._senders.submit(self._deliver, run, share)

    def _deliver(self, run: "Run", messages: Sequence[Message]) -> None:
        for message in messages:
            self._finished.append((run.claim, message, run.deliver(message)))
        self._ended.append(None)
        self._wakeup.wake()

    def _start_periodic(self) -> None:
        if self._job is None or self._job.done():
            self._job = self._jobs.submit(periodic.run_due)

    def _end(self) -> None:
        """Waits for the messages in hand and notes them."""
        tries = 0
        while self._running or self._unnoted:
            if not self._finished and not self._ended and not self._unnoted:
                self._wakeup.wait(self._poll)
            close_old_connections()
            try:
                self._note()
            except DATABASE_AWAY as error:
                logger.error("Database unavailable in the worker: %s", type(error).__name__)
                tries += 1
                if tries >= LAST_NOTES and not self._running:
                    return
                self._wakeup.wait(self._poll)


class Run:
    """A claim, sent by several threads.

    The rest is given back after a failure, where the kind stops on it, when the worker is to stop, and
    after `RUN_SECONDS`.
    """

    def __init__(
        self,
        claim: Claim,
        handler: Handler,
        prepared: Mapping[int, Any],
        must_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.claim = claim
        self._handler = handler
        self._must_stop = must_stop
        self._prepared = prepared
        self._until = time.monotonic() + RUN_SECONDS
        self._has_failed = False

    def deliver(self, message: Message) -> Outcome | None:
        """Makes one attempt; returns None where the message is to be given back instead."""
        is_over = time.monotonic() > self._until or self._must_stop()
        if is_over or (self._has_failed and self._handler.stops_on_failure):
            return None
        outcome = deliver(message, self._prepared.get(message.pk))
        self._has_failed |= not outcome.is_delivered
        return outcome


def shares(messages: Sequence[Message], number: int) -> list[list[Message]]:
    """Splits the messages of a batch among up to `number` threads; a lane stays in one share, in order."""
    split: list[list[Message]] = [[] for _ in range(number)]
    by_lane: dict[str, list[Message]] = {}
    for message in messages:
        share = by_lane.get(message.lane) if message.lane else None
        if share is None:
            share = min(split, key=len)
            by_lane[message.lane] = share
        share.append(message)
    return [share for share in split if share]


def deliver(message: Message, prepared: Any) -> Outcome:
    """Makes one attempt; returns a failure where the handler raises or had nothing to send."""
    if prepared is None:
        return Outcome(False, "What was to be sent is gone or cannot be read.")
    try:
        return handler_of(message.kind).deliver(message, prepared)
    except Exception as error:  # whatever it is, the message must come round again
        logger.warning("%s: %s", message, type(error).__name__)
        return Outcome(False, f"{type(error).__name__}: {error}")


def _settle(batch: Sequence[Finished]) -> None:
    """Notes outcomes in one transaction, or one by one where one of them cannot be noted."""
    try:
        claims.settle(batch)
        return
    except DATABASE_AWAY:
        raise
    except Exception as error:
        logger.error("Cannot note %s outcomes together", len(batch), exc_info=error)
    for each in batch:
        try:
            claims.settle([each])
        except DATABASE_AWAY:
            raise
        except Exception as error:  # its lease brings it back; it must not stop the others
            logger.error("Cannot note how %s ended", each[1], exc_info=error)


def run_due(*only: str) -> int:
    """Delivers what is due in this thread, one after the other; returns how many attempts were made."""
    count = 0
    while claimed := claims.claim(THREADS, only or kinds()):
        finished: list[Finished] = []
        for claim in claimed:
            handler = handler_of(claim.destination.kind)
            run = Run(claim, handler, handler.prepare(claim.messages))
            finished += [(claim, message, run.deliver(message)) for message in claim.messages]
        claims.settle(finished)
        count += sum(outcome is not None for _, _, outcome in finished)
    return count
