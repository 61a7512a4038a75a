"""The icon font is cut to the icons in use: each has to be in the list that it is cut by."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import RequestFactory

from desk.sidebar import navigation
from tests.support.staff import staff

DESK = Path(settings.BASE_DIR) / "desk"
KNOWN = set((DESK / "static" / "desk" / "icons.txt").read_text().split())
IN_TEMPLATES = re.compile(r"material-symbols-outlined[^>]*>\s*([a-z_0-9]+)\s*<")


@pytest.mark.django_db
def test_the_menus_icons_are_in_the_font() -> None:
    request = RequestFactory().get("/")
    request.user = staff(None)

    used = {item["icon"] for group in navigation(request) for item in group["items"]}

    assert used - KNOWN == set()


def test_the_templates_icons_are_in_the_font() -> None:
    import unfold

    folders = (DESK / "templates", Path(unfold.__file__).parent / "templates")
    texts = [path.read_text() for folder in folders for path in folder.rglob("*.html")]

    # The font never had this one.
    assert {name for text in texts for name in IN_TEMPLATES.findall(text)} - KNOWN == {"file_upload"}
