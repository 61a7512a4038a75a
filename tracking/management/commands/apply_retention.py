"""`manage.py apply_retention --days N`: forget customers whose repairs ended long ago."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking import privacy


class Command(BaseCommand):
    """Erases customers from orders closed, and upload rows received, over N days ago."""

    help = "Erase customers from orders that were closed over --days days ago, and from upload rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, required=True)
        parser.add_argument("--dry-run", action="store_true", help="count, and erase nothing")
        parser.add_argument("--by", default=getpass.getuser(), help="who asked, for the log")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the counts; exit status 1 for an age below one day."""
        if options["days"] < 1:
            raise CommandError("--days must be at least 1.")
        erased = privacy.apply_retention(options["days"], asked_by=options["by"], dry_run=options["dry_run"])
        verb = "Would erase" if options["dry_run"] else "Erased"
        self.stdout.write(f"{verb} customers from {erased.orders} orders and {erased.rows} upload rows.")
