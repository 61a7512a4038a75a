"""`manage.py unlock USERNAME`: lets a user in again who failed to log in too often."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from partners.logins import unlock


class Command(BaseCommand):
    """Forgets the failed log-ins of one user name."""

    help = "Forget the failed log-ins of a user name, so that it may log in at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        """Says from how many addresses it was tried."""
        count = unlock(options["username"])
        self.stdout.write(f"Forgot failed log-ins from {count} address{'' if count == 1 else 'es'}.")
