"""Bounds how long the web server's threads wait for PostgreSQL.

A server that is stopped but not gone (SIGSTOP, a frozen disk or host) still acknowledges what is sent, so
neither `statement_timeout` nor TCP's time-outs help: libpq waits for ever. psycopg2's wait callback does the
waiting here instead; it costs about 5 µs a statement. Commands and the worker wait as long as it takes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from select import select
from threading import BoundedSemaphore, local

from django.conf import settings
from psycopg2 import OperationalError
from psycopg2.extensions import POLL_OK, POLL_READ, connection, set_wait_callback

FIRST_WAIT = 1.0  # seconds that each wait may last
LONGEST_WAIT = 8.0  # what those may last that have a place, so that requests end within 10 s
RETRY_WAIT = 0.3  # while the server seems to be frozen: the time to find out whether it is back
REST = 1.0  # between two such attempts of a process; other statements fail at once


class _Deadline(local):
    until = float("inf")


class Patience:
    """One process's waits for PostgreSQL.

    Waits of over FIRST_WAIT need a place, and there is one less than there are threads: whatever the
    database does, a thread is left for the probes. After a wait was given up, statements fail at once,
    with one short attempt a second, until the server answers again.
    """

    def __init__(self, threads: int) -> None:
        self._places = BoundedSemaphore(max(1, threads - 1))
        self._given_up_at: float | None = None
        self._deadline = _Deadline()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Ends all waits of this thread within the block after so many seconds."""
        self._deadline.until = time.monotonic() + seconds
        try:
            yield
        finally:
            del self._deadline.until

    def wait(self, database: connection) -> None:
        """psycopg2's wait callback; raises OperationalError, upon which psycopg2 closes the connection."""
        state = database.poll()
        if state == POLL_OK:
            return
        began = time.monotonic()
        is_soon = self._answers(database, state, began + self._first_wait(began))
        if not is_soon and not self._wait_on(database, began):
            self._given_up_at = time.monotonic()
            raise OperationalError("the database server does not answer")
        self._given_up_at = None

    def _first_wait(self, now: float) -> float:
        if self._given_up_at is None:
            return FIRST_WAIT
        return 0.0 if now - self._given_up_at < REST else RETRY_WAIT

    def _wait_on(self, database: connection, began: float) -> bool:
        if self._given_up_at is not None or not self._places.acquire(blocking=False):
            return False
        try:
            return self._answers(database, database.poll(), began + LONGEST_WAIT)
        finally:
            self._places.release()

    def _answers(self, database: connection, state: int, until: float) -> bool:
        """Whether the operation, polled last as `state`, ends before `until` (of the monotonic clock) and
        the thread's deadline."""
        until = min(until, self._deadline.until)
        while state != POLL_OK:
            sockets = [database.fileno()]
            seconds = max(0.0, until - time.monotonic())
            reads, writes = (sockets, []) if state == POLL_READ else ([], sockets)
            if not any(select(reads, writes, [], seconds)):
                return False
            state = database.poll()
        return True


patience = Patience(settings.WEB_THREADS)


def install() -> None:
    """Lets `patience` do the waiting of every connection of this process."""
    set_wait_callback(patience.wait)
