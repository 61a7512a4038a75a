"""What we ship: every package of requirements.txt with its version, hashes and licence.

    sbom.py             the list as CycloneDX JSON
    sbom.py --licences  one line for each package: name, version, licence

Runs in the project's virtual environment, where the packages tell their licences.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import NamedTuple

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Package(NamedTuple):
    """A locked package."""

    name: str
    version: str
    hashes: list[str]
    licence: str


def packages(lock: Path) -> Iterator[Package]:
    """The packages of a lock file; one that is not for this Python has no licence to read."""
    for entry in re.split(r"\n(?=\S)", lock.read_text()):
        if pin := _PIN.match(entry):
            yield Package(pin[1], pin[2], _HASH.findall(entry), licence_of(pin[1]))


def licence_of(name: str) -> str:
    """The licence as the installed package states it: SPDX, classifiers, or a short text."""
    try:
        stated = metadata(name)
    except PackageNotFoundError:
        return "not installed here"
    return _expression(stated) or "not stated"


def _expression(stated: PackageMetadata) -> str:
    if expression := stated.get_all("License-Expression"):
        return str(expression[0])
    kinds = [
        line.rpartition(" :: ")[2] for line in stated.get_all("Classifier") or [] if "License ::" in line
    ]
    text = [str(line) for line in stated.get_all("License") or []]
    return " AND ".join(kinds) or "".join(text[:1]).strip().partition("\n")[0][:80]


def bom(found: list[Package]) -> Bom:
    """The packages as CycloneDX components."""
    result = Bom()
    result.metadata.component = Component(name="warrantify", type=ComponentType.APPLICATION)
    for package in found:
        purl = PackageURL("pypi", name=package.name.lower(), version=package.version)
        component = Component(
            name=package.name,
            version=package.version,
            type=ComponentType.LIBRARY,
            purl=purl,
            bom_ref=purl.to_string(),
            licenses=[DisjunctiveLicense(name=package.licence)],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in package.hashes],
        )
        result.components.add(component)
        result.register_dependency(result.metadata.component, [component])
    return result


def main() -> None:
    """Prints one of the two lists."""
    found = list(packages(ROOT / "requirements.txt"))
    if "--licences" in sys.argv:
        print(*(f"{each.name:40} {each.version:14} {each.licence}" for each in found), sep="\n")
    else:
        print(JsonV1Dot6(bom(found)).output_as_string(indent=2))


if __name__ == "__main__":
    main()
