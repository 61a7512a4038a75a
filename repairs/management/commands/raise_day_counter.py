"""`manage.py raise_day_counter`: the step after a restore that keeps request IDs from coming twice."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from repairs import request_ids

DEFAULT = 5000


class Command(BaseCommand):
    """Skips request IDs of today that were given after the moment to which the database was restored."""

    help = (
        "Skip today's next request IDs. After a restore the database does not know those given since; "
        "run this before partners are let in. Instances must be stopped meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--by",
            type=int,
            default=DEFAULT,
            help=f"more than the orders of today that were lost (default {DEFAULT}); at most 90000",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints where the day's numbers go on; exit status 1 for a number that is none."""
        how_many = options["by"]
        if not 0 < how_many <= 90_000:
            raise CommandError("--by must be a number from 1 to 90000.")
        day = request_ids.today()
        skipped = request_ids.allocate(day, how_many)
        self.stdout.write(f"{day}: {how_many} request IDs skipped, {skipped.stop} in all are used up.")
