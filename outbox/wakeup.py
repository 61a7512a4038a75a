"""Wakes workers as soon as a message is committed, instead of letting them poll.

PostgreSQL tells by NOTIFY. LISTEN needs a session of its own, which PgBouncer in transaction mode does
not give: there set `DIRECT_DATABASE_URL`; without it the worker polls. On SQLite a worker reads
`PRAGMA data_version`, which changes with every commit of another connection and costs microseconds.
"""

import logging
import os
import selectors
import time
from typing import Any

import psycopg2
from django.conf import settings
from django.db import DatabaseError, connection, connections

logger = logging.getLogger(__name__)

CHANNEL = "outbox"
RECONNECT_SECONDS = 5.0
SQLITE_LOOK_SECONDS = 0.025


def notify() -> None:
    """Tells workers that something is due. Call it after the commit.

    Inside the transaction NOTIFY would make PostgreSQL write such commits to disk one after the other.
    """
    if connection.vendor != "postgresql":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
    except DatabaseError as error:  # the message is stored; workers find it when they next look
        logger.warning("Could not wake the workers: %s", type(error).__name__)


class Wakeup:
    """What a worker waits on: a finished delivery, a signal, a commit, or the time."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._reader, selectors.EVENT_READ)
        self._listener: Any = None
        self._listening_on: int | None = None
        self._retry_at = 0.0
        self._data_version = -1

    def close(self) -> None:
        """Ends the listening; nothing waits or wakes after it."""
        self._unlisten()
        self._selector.close()
        os.close(self._reader)
        os.close(self._writer)

    def wake(self) -> None:
        """Ends the present or the next `wait`; callable from any thread and from signal handlers."""
        try:
            os.write(self._writer, b"x")
        except BlockingIOError:  # full: it will wake anyway
            return

    def wait(self, seconds: float) -> bool:
        """Returns True as soon as there may be something to do, False after `seconds`."""
        if connection.vendor == "sqlite":
            return self._wait_on_sqlite(seconds)
        self._listen()
        return self._select(seconds)

    def _select(self, seconds: float) -> bool:
        events = self._selector.select(seconds)
        for key, _ in events:
            if key.fd == self._reader:
                self._drain()
            else:
                self._receive()
        return bool(events)

    def _drain(self) -> None:
        try:
            while os.read(self._reader, 4096):
                pass
        except BlockingIOError:
            return

    def _receive(self) -> None:
        try:
            self._listener.poll()
            self._listener.notifies.clear()
        except psycopg2.Error:
            self._unlisten()

    def _listen(self) -> None:
        if self._listener is not None or time.monotonic() < self._retry_at:
            return
        self._retry_at = time.monotonic() + RECONNECT_SECONDS
        if settings.DATABASE_POOLED and not settings.DIRECT_DATABASE_URL:
            return
        direct = {"dsn": settings.DIRECT_DATABASE_URL} if settings.DIRECT_DATABASE_URL else None
        try:
            self._listener = psycopg2.connect(**(direct or connections["default"].get_connection_params()))
            self._listener.autocommit = True
            self._listener.cursor().execute(f"LISTEN {CHANNEL}")
        except psycopg2.Error as error:
            logger.warning("The worker polls: LISTEN failed with %s", type(error).__name__)
            self._unlisten()
            return
        self._listening_on = self._listener.fileno()
        self._selector.register(self._listening_on, selectors.EVENT_READ)

    def _unlisten(self) -> None:
        if self._listening_on is not None:  # a connection that has broken has no descriptor of its own
            self._selector.unregister(self._listening_on)
            self._listening_on = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _wait_on_sqlite(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            if self._select(min(SQLITE_LOOK_SECONDS, max(0.0, left))) or self._has_changed():
                return True
            if left <= 0:
                return False

    def _has_changed(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            [version] = cursor.fetchone()
        has_changed: bool = version != self._data_version
        self._data_version = version
        return has_changed
