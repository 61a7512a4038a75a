"""`manage.py worker`: sends what waits in the outbox, until it is told to stop."""

import logging
import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections

from repairs.bulk import summary_email

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Any number of workers may run, on any number of hosts."""

    help = "Send the summary mails of bulk uploads as they fall due."

    def add_arguments(self, parser: CommandParser) -> None:
        """How often to look, and whether to stay."""
        parser.add_argument("--poll", type=float, default=1.0, help="seconds between looks (default 1)")
        parser.add_argument("--once", action="store_true", help="send what is due and exit")

    def handle(self, *args: Any, **options: Any) -> None:
        """SIGTERM and SIGINT end it after the mail in hand."""
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            if _send_next():
                continue
            if options["once"]:
                break
            stop.wait(options["poll"])


def _send_next() -> bool:
    """Whether there was a mail; a database that is away is like an empty outbox."""
    close_old_connections()
    try:
        return summary_email.send_next()
    except (OperationalError, InterfaceError) as error:
        logger.error("Database unavailable in the worker: %s", type(error).__name__)
        return False
