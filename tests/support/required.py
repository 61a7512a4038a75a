"""Programs that tests need beside Python: skipped where absent, required with REQUIRE_<NAME>=1."""

import os
import shutil

import pytest


def need(name: str, is_there: bool, how: str) -> None:
    """Skips the test, or fails it if REQUIRE_<NAME> is set, unless `is_there`; `how` says how to get it."""
    if is_there:
        return
    assert not os.environ.get(f"REQUIRE_{name}"), f"{name.lower()} is required and absent: {how}"
    pytest.skip(f"{name.lower()} is absent: {how}")


def need_program(name: str, program: str, package: str) -> None:
    """Skips or fails as `need`, unless `program` is on the path."""
    need(name, shutil.which(program) is not None, f"apt-get install {package}")
