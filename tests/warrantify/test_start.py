"""What a web process loads before it serves."""

import subprocess
import sys
from pathlib import Path

from tests.support.processes import ROOT
from tests.support.service import service_environ

LOADED = """
import sys
from warrantify.wsgi import application
from django.test import Client
answer = Client().post("/api/warrantify/repair/bulk-order/", headers={"host": "localhost"})
assert answer.status_code == 401, answer.content
print(*(name for name in ("openpyxl", "PIL", "warrantify.urls") if name in sys.modules))
"""


def test_to_serve_partners_it_loads_no_writer_of_workbooks_no_pictures_no_desk_paths(tmp_path: Path) -> None:
    environ = service_environ("sqlite://", tmp_path)

    loaded = subprocess.check_output([sys.executable, "-c", LOADED], cwd=ROOT, env=environ, text=True)

    assert loaded.strip() == ""
