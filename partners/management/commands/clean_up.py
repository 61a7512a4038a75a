"""`manage.py clean_up`: deletes expired tokens, expired sessions and old failed log-ins."""

from typing import Any

from django.core.management.base import BaseCommand

from partners.clean_up import clean_up


class Command(BaseCommand):
    """For a clock of your own; a running worker does it once an hour."""

    help = "Delete expired refresh tokens, expired sessions and old failed log-ins."

    def handle(self, *args: Any, **options: Any) -> None:
        """Says how many rows went."""
        done = clean_up()
        self.stdout.write(
            f"Deleted {done.tokens} tokens, {done.sessions} sessions, {done.failed_logins} failed log-ins."
        )
