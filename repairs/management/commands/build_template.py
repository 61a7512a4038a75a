"""`manage.py build_template`: writes the sample workbook from the table of fields."""

from typing import Any

from django.core.management.base import BaseCommand

from repairs.bulk import template
from repairs.bulk.orders_sheet import TEMPLATE


class Command(BaseCommand):
    """Writes `templates_xlsx/repair_template.xlsx` anew."""

    help = "Write the sample workbook from the table of fields."

    def handle(self, *args: Any, **options: Any) -> None:
        """Replaces the file."""
        TEMPLATE.parent.mkdir(exist_ok=True)
        TEMPLATE.write_bytes(template.build())
        self.stdout.write(f"Wrote {TEMPLATE.name}")
