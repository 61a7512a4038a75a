"""The documents name no file, command, make target or setting that does not exist."""

import re

from django.core.management import get_commands

from tests.support.processes import ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
FOLDERS = tuple(f"{path.name}/" for path in ROOT.iterdir() if path.is_dir() and path.name[0] != ".")
# What the documents tell a reader to make, or the changelog tells what became of.
MADE = {"mail/", "secrets/", "staticfiles/", "verify_contract"}
# Variables of the shell and of tests.
NO_SETTINGS = {"API_USERNAME", "API_PASSWORD", "API_KEY", "TEST_DATABASE_URL", "DEMO_ORDERS"}


def named(pattern: str) -> set[str]:
    """What the pattern finds in the documents."""
    return {name for document in DOCUMENTS for name in re.findall(pattern, document.read_text())} - MADE


def test_each_path_exists() -> None:
    paths = {path for path in named(r"`([\w./-]+/[\w./-]*)`") if path.startswith(FOLDERS)}
    assert len(paths) > 20
    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_each_link_leads_to_a_file() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), (document, target)


def test_each_command_exists() -> None:
    commands = named(r"manage\.py\s+([a-z_]+)")
    assert len(commands) > 10
    assert commands <= set(get_commands())


def test_each_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named(r"`(?:[A-Z_]+=\S+ )?make ([a-z]+)") <= targets


def test_each_setting_is_explained() -> None:
    explained = set(re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    settings = named(r"`([A-Z]+_[A-Z_0-9]+)[`=]") - NO_SETTINGS
    assert len(settings) > 20
    assert settings <= explained
