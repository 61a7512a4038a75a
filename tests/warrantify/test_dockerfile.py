"""The image is built from a list of folders, which an app is easily left out of."""

import re

from django.apps import apps

from tests.support.processes import ROOT


def copied() -> set[str]:
    return set(re.findall(r"^COPY (\w+) \w+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))


def test_the_image_holds_every_app() -> None:
    apps_of_ours = {app.name for app in apps.get_app_configs() if (ROOT / app.name).is_dir()}
    assert apps_of_ours <= copied()


def test_docker_is_given_every_folder_that_it_copies() -> None:
    given = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert copied() <= given
