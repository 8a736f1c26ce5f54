"""axe-core: the rules of accessibility, run inside a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

PINNED = Path(__file__).with_name("package.json")
ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".tools" / "npm"
PACKAGE = FOLDER / "node_modules" / "axe-core"
INSTALL = ".ci/axe-core"
GRAVE = ("serious", "critical")
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules whose answer depends on the colours."""

RUN = """async ([context, only]) => await axe.run(context, {
    resultTypes: ["violations"], preload: false, ...(only.length ? {runOnly: only} : {}),
})"""
FORGIVEN = {"link-in-text-block": ".breadcrumbs"}
"""Rules that the stock admin itself breaks, and where."""


def version() -> str:
    """What package.json asks for."""
    wanted: str = json.loads(PINNED.read_text())["dependencies"]["axe-core"]
    return wanted


def is_here() -> bool:
    found = PACKAGE / "package.json"
    return found.is_file() and json.loads(found.read_text())["version"] == version()


def findings(page: Page, *, whole: bool, only: Sequence[str] = ()) -> list[str]:
    """What is grave on the page, and where, by the rules in ``only`` or by all.

    The window must bypass the policy. Unless ``whole``, the admin's header and menu are left out,
    which are the same everywhere.
    """
    page.evaluate(f"() => {{ {(PACKAGE / 'axe.min.js').read_text()} }}")
    context = {"exclude": [] if whole else [["#header"], ["#nav-sidebar"]]}
    result = page.evaluate(RUN, [context, list(only)])
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['html'][:120]}"
        for each in result["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"]
        if not _forgiven(each["id"], node)
    ]


def _forgiven(rule: str, node: dict[str, Any]) -> bool:
    place = FORGIVEN.get(rule)
    return place is not None and any(place in str(target) for target in node["target"])
