"""`manage.py make_demo_data --orders N`: partners, orders, uploads and histories to try things on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from demo import store


class Command(BaseCommand):
    """Invents orders, the same for the same seed; a million take some minutes on PostgreSQL."""

    help = "Fill the database with invented orders; for a database that nobody else writes to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", type=int, default=500)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        stored = store.make(options["orders"], options["seed"])
        self.stdout.write(", ".join(f"{count:,} {kind}" for kind, count in stored.items()))
