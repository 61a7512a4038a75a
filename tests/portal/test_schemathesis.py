"""The whole OpenAPI document, tried on the live service by schemathesis.

SCHEMATHESIS_EXAMPLES sets the number of examples per endpoint for a long run.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.views import openapi_document
from tests.support.service import Service

pytestmark = pytest.mark.once

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)
FEW = "3"


def test_no_answer_breaks_the_document(live: Service, tmp_path: Path) -> None:
    program = str(Path(sys.executable).parent / "schemathesis")
    command = [program, "run", f"{live.base}/api/warrantify/schema/"]
    headers = [f"Authorization: Bearer {live.token()}", f"X-API-Key: {live.api_key}"]
    many = os.environ.get("SCHEMATHESIS_EXAMPLES")
    # The suite repeats itself; a long run draws anew each time.
    examples = ["--max-examples", many] if many else ["--max-examples", FEW, "--generation-deterministic"]
    options = ["--checks", ",".join(CHECKS), *examples, "--no-color"]
    run = subprocess.run(
        [*command, *(part for header in headers for part in ("-H", header)), *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    documented = sum(len(methods) for methods in openapi_document()["paths"].values())
    assert f"{documented} selected / {documented} total" in run.stdout
