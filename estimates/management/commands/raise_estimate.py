"""`manage.py raise_estimate REQUEST_ID --line ...`: from the shell what staff do on the order's page."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from estimates import drafts, services
from repairs.management.orders import order_of
from tracking.models import TrackingEvent
from tracking.transitions import TrackingError


class Command(BaseCommand):
    """Raises an estimate for an order and prints its number."""

    help = (
        "Raise an estimate, which records the status `estimation raised`. Tracking that has not started "
        "starts first, in the workflow that the Engagement_Type proposes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("request_id")
        parser.add_argument(
            "--line",
            action="append",
            default=[],
            metavar="KIND:DESCRIPTION:QUANTITY:UNIT_PRICE",
            help="for example part:Battery:1:2500; up to 50, KIND is part, labour or other",
        )
        parser.add_argument("--tax", default=drafts.DEFAULT_TAX, help="percent, 18 by default")
        parser.add_argument("--valid-until", metavar="YYYY-MM-DD", help="7 days from now by default")
        parser.add_argument("--note", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1, and nothing stored, where the estimate is refused."""
        order = order_of(options["request_id"])
        lines = [_line(text) for text in options["line"]]
        try:
            draft = drafts.read(lines, options["tax"], _day(options["valid_until"]), options["note"])
            estimate = services.raise_estimate(order, draft, source=TrackingEvent.Source.COMMAND)
        except (drafts.DraftError, TrackingError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(estimate.number))


def _line(text: str) -> drafts.LineText:
    kind, _, rest = text.partition(":")
    parts = rest.rsplit(":", 2)
    if len(parts) != 3:
        raise CommandError(f"--line takes KIND:DESCRIPTION:QUANTITY:UNIT_PRICE, not {text!a}.")
    return drafts.LineText(kind, *parts)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise CommandError("--valid-until takes a day such as 2026-12-01.") from None
