"""Finds the snippets of README.md and docs/, so that tests can run every one of them.

A fenced block says by its language how it is run:

* ``python``: executed; the blocks of one page share a namespace, in order.
* ``console``: each line that starts with ``$`` is a command, run in order with the page's world;
  the lines below it are lines of its output, with … for what differs each time.
* ``text``, ``json``, ``html``, ``yaml``: shown, never run (output, files of other programs).

An HTML comment ``<!-- world: NAME -->`` before the first block names what must exist.
``<!-- not run: REASON -->`` right before a block keeps it from running, and says why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = {"python", "console", "text", "json", "html", "yaml"}
_FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```\s*$", re.M | re.S)
_WORLD = re.compile(r"<!-- world: ([\w-]+) -->")
_SKIP = re.compile(r"<!-- not run: (.+?) -->\s*\Z")


@dataclass(frozen=True)
class Snippet:
    """One fenced block; ``line`` is where its code starts."""

    page: Path
    line: int
    language: str
    code: str
    not_run: str


@dataclass(frozen=True)
class Page:
    path: Path
    world: str
    snippets: tuple[Snippet, ...]

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))


def read(path: Path) -> Page:
    """The page at ``path`` with its snippets."""
    text = path.read_text()
    world = _WORLD.search(text)
    return Page(
        path,
        world.group(1) if world else "empty",
        tuple(
            Snippet(
                path,
                text.count("\n", 0, match.start(2)) + 1,
                match.group(1),
                dedent(match.group(2)),
                skipped.group(1) if (skipped := _SKIP.search(text[: match.start()])) else "",
            )
            for match in _FENCE.finditer(text)
        ),
    )


def pages() -> list[Page]:
    """Every page that speaks to users; decisions and requirements hold no snippets to run."""
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [read(path) for path in paths]


def commands(code: str) -> list[tuple[str, str]]:
    """Each command of a console block with the output shown below it."""
    parts = re.split(r"^\$ ", code, flags=re.M)[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def says(output: str, shown: str) -> bool:
    """Whether the lines of ``shown`` come in ``output`` in this order; … stands for anything."""
    at = 0
    lines = [line.strip() for line in output.splitlines()]
    for line in shown.splitlines():
        pattern = ".*".join(re.escape(part.strip()) for part in line.split("…"))
        while at < len(lines) and not re.fullmatch(pattern, lines[at]):
            at += 1
        if at == len(lines):
            return False
        at += 1
    return True
