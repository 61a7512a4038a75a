"""`manage.py verify_contract URL --username U --password P --api-key K`: is the service what it promises?"""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.verification import credentials, everywhere, single_orders, tracking, uploads
from portal.verification.client import Client
from portal.verification.partner import Partner
from portal.verification.report import Report

DEFAULT_EMAIL = "verify-contract@example.com"


class Command(BaseCommand):
    """Provokes every row of the contract's tables on a live service, over HTTP alone."""

    help = (
        "Hold a live service against the contract. Stores some thirty orders in the partner's name, their "
        "references tagged VERIFY-<time>; run it as a sandbox partner where nobody should see them."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Secrets may come by environment as well, so that no process list shows them."""
        parser.add_argument("url", help="https://host[:port] of the service")
        parser.add_argument("--username", required=True)
        parser.add_argument(
            "--password", default=os.environ.get("VERIFY_PASSWORD"), help="or VERIFY_PASSWORD"
        )
        parser.add_argument("--api-key", default=os.environ.get("VERIFY_API_KEY"), help="or VERIFY_API_KEY")
        parser.add_argument("--tracked", metavar="REFERENCE", help="an order whose tracking has started")
        parser.add_argument("--email", default=DEFAULT_EMAIL, help="where upload summaries go")
        parser.add_argument("--show-bodies", action="store_true", help="print the real bodies")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 on any difference, and where the service or the credentials fail."""
        partner = Partner(
            Client(options["url"]),
            options["username"],
            options["password"] or "",
            options["api_key"] or "",
            options["email"],
        )
        report = Report()
        try:
            if not partner.token:
                raise CommandError("The service gave no token for this user name and password.")
            for section in (everywhere, credentials, single_orders, uploads):
                section.verify(report, partner)
            tracking.verify(report, partner, options["tracked"])
        except OSError as error:
            raise CommandError(f"{options['url']} cannot be reached: {error}") from None
        for line in report.lines(show_bodies=options["show_bodies"]):
            self.stdout.write(line)
        if report.failed:
            raise CommandError(f"{len(report.failed)} of {len(report.rows)} rows differ from the contract.")
