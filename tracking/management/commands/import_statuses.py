"""`manage.py import_statuses FILE.xlsx`: many statuses at once, each validated on its own."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking import status_sheet


class Command(BaseCommand):
    """Records the statuses of a workbook and reports the refusals."""

    help = (
        "Record the statuses of a workbook: columns Reference, Status, Date, and where wanted Workflow "
        f"and Note; up to {status_sheet.MAX_ROWS:,} rows. Refused rows are reported, the others are kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="validate every row and keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 where the file is unusable or any row was refused."""
        try:
            lines = status_sheet.read(options["file"].read_bytes())
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from None
        except status_sheet.SheetError as error:
            raise CommandError(str(error)) from None
        answered = status_sheet.run(lines, dry_run=options["dry_run"])
        refused = [line for line in answered if line.refusal]
        for line in refused:
            self.stdout.write(f"Row {line.row}, {line.reference}, {line.status}: {line.refusal}")
        verb = "would be recorded" if options["dry_run"] else "recorded"
        self.stdout.write(f"{len(answered) - len(refused)} statuses {verb}, {len(refused)} refused.")
        if refused:
            raise CommandError("Some rows were refused.")
