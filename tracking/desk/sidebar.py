"""The desk's menu: saved views with counts, then the pages that the user may see."""

from typing import Any

from django.http import HttpRequest


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    return []
