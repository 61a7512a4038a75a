"""`manage.py record_status REQUEST_ID STATUS`: from the shell what staff do on the desk."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from repairs.management.orders import order_of
from tracking import services
from tracking.models import TrackingEvent, Workflow
from tracking.times import read_iso, wire_date


class Command(BaseCommand):
    """Records one status of one order, starting its tracking where need be."""

    help = (
        "Record a status of an order. Tracking that has not started starts first: in --workflow, "
        'else in the one that the Engagement_Type proposes. "created" only starts it.'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("request_id")
        parser.add_argument("status", help='as documented, for example "pickup done"')
        parser.add_argument("--workflow", help="service_center, technician or no_part")
        parser.add_argument(
            "--at",
            metavar="ISO8601",
            help="when it happened, server time unless it has an offset; now by default. "
            '"created" always has the order\'s own creation time.',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1, and nothing recorded, where the move is refused."""
        change = services.Change(
            order=order_of(options["request_id"]),
            code=options["status"].strip(),
            at=_time(options["at"]),
            workflow=_workflow(options["workflow"]),
        )
        try:
            event = services.apply(change, source=TrackingEvent.Source.COMMAND)
        except services.TrackingError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{change.order}: {event.step} at {wire_date(event.occurred_at)}")


def _time(text: str | None) -> datetime | None:
    try:
        return None if text is None else read_iso(text)
    except ValueError:
        raise CommandError("--at takes a time in ISO 8601, for example 2026-11-23T14:05:09.") from None


def _workflow(code: str | None) -> Workflow | None:
    known = {workflow.code: workflow for workflow in Workflow.objects.all()}
    if code is not None and code not in known:
        raise CommandError(f"--workflow takes one of: {', '.join(known)}.")
    return known[code] if code is not None else None
