"""`manage.py worker`: delivers what waits in the outbox, until it is told to stop."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from outbox.handlers import kinds
from outbox.worker import Worker


class Command(BaseCommand):
    """Any number of workers may run, on any number of hosts."""

    help = "Deliver mails and webhooks as they fall due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--kind",
            action="append",
            choices=kinds(),
            default=[],
            help="deliver only this kind (repeatable; default all)",
        )
        parser.add_argument(
            "--poll", type=float, default=1.0, help="longest time in seconds between looks (default 1)"
        )
        parser.add_argument("--once", action="store_true", help="deliver what is due and exit")

    def handle(self, *args: Any, **options: Any) -> None:
        """SIGTERM and SIGINT end it after the messages in hand."""
        worker = Worker(options["kind"], options["poll"])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run(once=options["once"])
