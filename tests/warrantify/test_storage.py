"""Pages before and after static files are collected."""

import re
from pathlib import Path

import pytest
import requests

from tests.conftest import Serving

pytestmark = pytest.mark.once


@pytest.mark.parametrize("collect", [False, True])
def test_pages_and_their_styles_are_served(tmp_path: Path, serving: Serving, collect: bool) -> None:
    settings = {} if collect else {"STATIC_ROOT": str(tmp_path / "static")}
    with serving("static", WEB_CONCURRENCY="1", **settings) as service:
        page = requests.get(f"{service.base}/admin/account/login/", timeout=30)
        styles = re.findall(r'href="(/static/[^"]+\.css)"', page.text)
        answers = [requests.get(service.base + style, timeout=30).status_code for style in styles]
    assert (page.status_code, set(answers)) == (200, {200})
    assert bool(re.search(r"\.[0-9a-f]{12}\.css", styles[0])) is collect
