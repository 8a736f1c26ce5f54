"""constraints.txt pins everything that pyproject.toml leads to, and records no host."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LINES = (ROOT / "constraints.txt").read_text().splitlines()
PINS = {
    canonicalize_name(pin.name): pin
    for pin in map(Requirement, LINES)
    if pin.marker is None or pin.marker.evaluate()
}


def asked_for() -> list[str]:
    groups = [
        *PROJECT["dependency-groups"].values(),
        *PROJECT["project"]["optional-dependencies"].values(),
        PROJECT["project"]["dependencies"],
    ]
    return sorted({line for group in groups for line in group if isinstance(line, str)})


@pytest.mark.parametrize("line", asked_for())
def test_what_the_project_asks_for_is_pinned_within_its_range(line):
    """If this fails: python3 dev.py lock."""
    asked = Requirement(line)
    pin = PINS[canonicalize_name(asked.name)]
    version = next(iter(pin.specifier)).version

    assert asked.specifier.contains(version, prereleases=True)


def test_a_line_is_a_name_and_a_version():
    strange = [line for line in LINES if not re.fullmatch(r"[a-z0-9.-]+==[\w.!+]+( ; .+)?", line)]

    assert not strange
    assert not [line for line in LINES if "://" in line]


def test_what_is_installed_is_what_is_pinned():
    """If this fails: a package came in by hand; add it to pyproject.toml, then dev.py lock."""
    installed = {
        canonicalize_name(found.name): found.version for found in importlib.metadata.distributions()
    }
    differs = {
        name: version
        for name, version in installed.items()
        if name in PINS and not PINS[name].specifier.contains(version, prereleases=True)
    }

    assert not differs
