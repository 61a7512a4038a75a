"""`manage.py erase_customer`: one customer asks to be forgotten."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking import privacy


class Command(BaseCommand):
    """Erases a customer from closed orders and upload rows; references, IDs and history stay."""

    help = "Erase a customer's name, contacts and address from closed orders and from upload rows."

    def add_arguments(self, parser: CommandParser) -> None:
        customer = parser.add_mutually_exclusive_group(required=True)
        customer.add_argument("--mobile", default="", help="the 10 digits")
        customer.add_argument("--email", default="")
        parser.add_argument("--by", default=getpass.getuser(), help="who asked, for the log")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints what was erased, and how many open orders still need their customer; exit status 1 for
        what is no mobile number and no address."""
        try:
            erased = privacy.erase_customer(
                mobile=options["mobile"].strip(), email=options["email"].strip(), asked_by=options["by"]
            )
        except privacy.NotACustomerError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Erased from {erased.orders} orders and {erased.rows} upload rows.")
        if erased.still_open:
            self.stdout.write(f"{erased.still_open} orders are open: ask again once they are closed.")
