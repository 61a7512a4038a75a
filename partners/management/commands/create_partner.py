"""`manage.py create_partner NAME --email E --username U`: a partner with its first credentials."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from partners import services


class Command(BaseCommand):
    """Creates partner, user and key in one transaction and prints the credentials, once."""

    help = "Create a partner with a user and an API key; the credentials are printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--email", required=True)
        parser.add_argument("--username", required=True)
        parser.add_argument("--password", help="made at random if it is not given")
        parser.add_argument(
            "--sandbox", action="store_true", help="for trying out: nobody repairs its orders"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1, and nothing created, where a value is bad or taken."""
        try:
            new = services.create_partner(
                options["name"],
                options["email"],
                options["username"],
                options["password"],
                sandbox=options["sandbox"],
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        credentials = {
            "partner": new.partner.name,
            "username": new.user.username,
            "password": new.password,
            "api_key": new.api_key,
        }
        if options["json"]:
            self.stdout.write(json.dumps(credentials))
            return
        for label, value in credentials.items():
            self.stdout.write(f"{label:<10}{value}")
        self.stdout.write("Keep password and key: they are not shown again.")
