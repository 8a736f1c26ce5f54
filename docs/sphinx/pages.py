"""Turns what the pages say in comments into what Sphinx reads, so that they stay plain Markdown.

* ``<!-- pages: a, b/* -->`` becomes the table of contents of those pages, hidden in the text.
* ``<!-- show: path LANGUAGE -->`` becomes a fenced block with that file of docs/.
* ``<!-- page: ../path.md -->`` becomes that page's text.
* ``<!-- picture: images/name.png TEXT -->`` becomes the picture once somebody has taken it.
* ``<!-- generated: name -->`` becomes that part of the reference.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from docs.sphinx import reference

DOCS = Path(__file__).resolve().parents[1]
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]+)\)")
_COMMENT = re.compile(r"<!-- (pages|show|page|picture|generated): (.+?) -->")


def expand(app: Any, name: str, source: list[str]) -> None:
    """Receiver of Sphinx's `source-read`."""
    source[0] = expanded(source[0], name)


def expanded(text: str, name: str) -> str:
    """``text`` of the page ``name`` with every comment replaced."""
    folder = posixpath.dirname(name)
    whole = _COMMENT.sub(lambda found: _WRITERS[found[1]](found[2], folder), text)
    return re.sub(r"\]\((?:\.\./)+README\.md", "](/readme.md", whole)


def _contents(wanted: str, folder: str) -> str:
    names = [name for part in wanted.split(", ") for name in _matching(part, folder)]
    rows = "\n".join(f"/{name}" for name in dict.fromkeys(names))
    return f"```{{toctree}}\n:hidden:\n\n{rows}\n```"


def _matching(pattern: str, folder: str) -> list[str]:
    path = posixpath.normpath(posixpath.join(folder, pattern))
    if "*" not in path:
        return [path]
    pages = (page.relative_to(DOCS).with_suffix("") for page in DOCS.rglob("*.md"))
    found = sorted(str(page) for page in pages if fnmatch(str(page), path))
    return [page for page in found if not page.endswith("/README")]


def _file(given: str, folder: str) -> str:
    path, _space, language = given.partition(" ")
    return f"````{language}\n{(DOCS / folder / path).read_text().rstrip()}\n````"


def _page(path: str, folder: str) -> str:
    """A page of the folder above; where its links lead on the site, or their words alone."""
    return _LINK.sub(_link, (DOCS / folder / path).read_text())


def _link(found: re.Match[str]) -> str:
    words, target = found[1], found[2]
    if target.startswith(("http://", "https://", "#")):
        return found[0]
    if not target.startswith("docs/"):
        return words
    target = target.removeprefix("docs/")
    return f"[{words}]({target + 'README.md' if target.endswith('/') else target})"


def _picture(given: str, folder: str) -> str:
    path, _space, text = given.partition(" ")
    return f"![{text}]({path})" if (DOCS / folder / path).is_file() else ""


def _generated(name: str, folder: str) -> str:
    return reference.PARTS[name]()


_WRITERS: dict[str, Callable[[str, str], str]] = {
    "pages": _contents,
    "show": _file,
    "page": _page,
    "picture": _picture,
    "generated": _generated,
}
