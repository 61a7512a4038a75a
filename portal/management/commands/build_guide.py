"""`manage.py build_guide`: writes the partner guide to `docs/partner-guide.md`."""

from typing import Any

from django.core.management.base import BaseCommand

from portal import guide


class Command(BaseCommand):
    """Writes what `/api/warrantify/guide/` shows."""

    help = "Write docs/partner-guide.md."

    def handle(self, *args: Any, **options: Any) -> None:
        """Needs a migrated database: the statuses are its rows."""
        guide.FILE.parent.mkdir(exist_ok=True)
        guide.FILE.write_text(guide.markdown(guide.FILE_BASE), "utf-8")
        self.stdout.write(f"Wrote {guide.FILE.name}")
