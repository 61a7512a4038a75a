"""Clients made by the generators that partners use: the OpenAPI document suits them.

They are installed by `scripts/bootstrap.py --generators`, and required with REQUIRE_GENERATORS.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from portal.views import openapi_document
from tests.support.orders import an_order
from tests.support.processes import JAVA, ROOT
from tests.support.required import need, need_program
from tests.support.service import Service

pytestmark = pytest.mark.once

PROGRAMS = ROOT / ".venv-generators" / "bin"
# The template is the one answer that is no JSON: it is kept as bytes.
CONFIG = {
    "content_type_overrides": {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "application/octet-stream"
    }
}
RAISE_AND_TRACK = """
import json, sys
from generated import AuthenticatedClient, Client
from generated.api.credentials import token
from generated.api.orders import single_order
from generated.api.tracking import tracking
from generated.models import Credentials, RepairOrder

given = json.load(sys.stdin)
pair = token.sync(client=Client(given["base"]), body=Credentials(given["username"], given["password"]))
bearer = AuthenticatedClient(given["base"], pair.access)
stored = single_order.sync(client=bearer, body=RepairOrder.from_dict(given["order"]))
key = AuthenticatedClient(given["base"], given["api_key"], prefix="", auth_header_name="X-API-Key")
found = tracking.sync(client=key, reference_id=stored.data.request_id)
print(stored.data.service_request_id, found.message)
"""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("GENERATORS", PROGRAMS.exists(), "scripts/bootstrap.py --generators installs them")
    file = tmp_path_factory.mktemp("document") / "openapi.json"
    file.write_text(json.dumps(openapi_document()))
    return file


def run(*command: str, cwd: Path, stdin: str = "") -> str:
    environ = {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", "JAVA_TOOL_OPTIONS": " ".join(JAVA)}
    done = subprocess.run(
        command, cwd=cwd, env=environ, input=stdin, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def test_a_client_of_openapi_python_client_raises_and_tracks_an_order(
    live: Service, document: Path, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    options = ["--path", str(document), "--config", "config.json", "--meta", "none"]
    said = run("openapi-python-client", "generate", *options, "--output-path", "generated", cwd=tmp_path)
    assert "WARNING" not in said, said
    given = {
        "base": live.base,
        "username": live.username,
        "password": live.password,
        "api_key": live.api_key,
        "order": an_order(repair_ref_no="GENERATED-1"),
    }
    said = run("python", "-c", RAISE_AND_TRACK, cwd=tmp_path, stdin=json.dumps(given))
    assert said == "GENERATED-1 No tracking information available\n"


def test_openapi_generator_accepts_the_document(document: Path, tmp_path: Path) -> None:
    need_program("GENERATORS", "java", "default-jre-headless")
    languages = ("python", "typescript-fetch", "java")
    for language in languages:
        config = {"generatorName": language, "inputSpec": str(document), "outputDir": language}
        (tmp_path / f"{language}.json").write_text(json.dumps(config))
    files = [f"{language}.json" for language in languages]
    run("openapi-generator-cli", "batch", "--threads", "1", "--fail-fast", *files, cwd=tmp_path)
    assert [any((tmp_path / language).rglob("*racking*")) for language in languages] == [True] * 3
