"""Where static files are found."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise has no types
    """Names that change with a file's content; before `collectstatic` the plain ones, from the packages.

    Django's own storage makes every page a 500 until files are collected.
    """

    def stored_name(self, name: str) -> Any:
        """The name with the content's hash in it, where files were collected."""
        return super().stored_name(name) if self.hashed_files else name
