"""`manage.py build_template`: writes the sample workbook from the table of fields."""

from typing import Any

from django.core.management.base import BaseCommand

from repairs.bulk import template


class Command(BaseCommand):
    """Writes `templates_xlsx/repair_template.xlsx` anew."""

    help = "Write the sample workbook from the table of fields."

    def handle(self, *args: Any, **options: Any) -> None:
        """Replaces the file."""
        template.PATH.parent.mkdir(exist_ok=True)
        template.PATH.write_bytes(template.build())
        self.stdout.write(f"Wrote {template.PATH.name}")
