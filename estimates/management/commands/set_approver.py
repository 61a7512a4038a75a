"""`manage.py set_approver PARTNER nobody|partner|customer [EMAIL]`: who gets the approval mails."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from estimates import services
from estimates.models import Approver
from partners.models import Partner


class Command(BaseCommand):
    """Chooses who approves the estimates of a partner's orders by mail."""

    help = "Choose who gets a mail with an approval link when an estimate of the partner's orders waits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("partner", help="the partner's name")
        parser.add_argument("kind", choices=Approver.Kind.values)
        parser.add_argument("email", nargs="?", default="", help="of the partner's approver")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1, and nothing changed, for an unknown partner or a wrong address."""
        name = options["partner"]
        partner = name.isprintable() and Partner.objects.filter(name__iexact=name).first()
        if not partner:
            raise CommandError(f"No partner has the name {name!a}.")
        try:
            approver = services.set_approver(partner, options["kind"], options["email"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{partner}: {approver}")
