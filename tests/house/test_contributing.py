"""CONTRIBUTING.md, SECURITY.md and the hooks say what is true."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

import dev

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
HEADINGS = ["Security", "Removed", "Deprecated", "Added", "Changed", "Fixed"]


def commands() -> list[str]:
    lines = PAGES[0].read_text().splitlines()
    return [line[2:] for line in lines if line.startswith("$ ")]


@pytest.mark.parametrize("command", commands())
def test_a_command_exists(command):
    make, name, *arguments = shlex.split(command)

    assert make == "make"
    printed = subprocess.run(
        ["make", "-n", name, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert f"dev.py {name}" in printed
    assert name in {*dev.MODULES, "clean", "docs"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_exists(page):
    text = page.read_text()
    links = re.findall(r"\]\(([^)#]+)\)", text)
    paths = re.findall(r"`((?:zdt_core|tests|docs|demo)(?:/[a-z_]+)*)`", text)

    assert not [name for name in {*links, *paths} if not (ROOT / name).exists()]


def test_hooks_run_what_make_lint_runs():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    programs = {shlex.split(hook["entry"])[0] for hook in hooks}

    assert programs == {".venv/bin/ruff", ".venv/bin/mypy", ".venv/bin/lint-imports"}


def test_the_changelog_keeps_to_its_grammar():
    sections = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(), flags=re.M)[1:]
    for section in sections:
        headings = re.findall(r"^### (\w+)$", section, re.M)
        entries = re.findall(r"^- (.*(?:\n  .*)*)", section, re.M)

        assert headings == [heading for heading in HEADINGS if heading in headings]
        assert entries
        assert all(entry.endswith(".") for entry in entries)
