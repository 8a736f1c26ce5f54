"""Whole copies of the sample shop, one per generation."""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
FIRST, EXPAND, SWITCH, CONTRACT = "first", "expand", "switch", "contract"
GENERATIONS = (FIRST, EXPAND, SWITCH, CONTRACT)
NOT_SHIPPED = ("generations", "load", "processes", "services", "story", "__main__.py")


def lay_out(generation: str, folder: Path) -> Path:
    """A copy of the project as ``generation`` ships it, in the new folder ``folder``.

    Run from there: ``demo`` is the copy, zdt is the installed one. Returns ``folder``.
    """
    skip = shutil.ignore_patterns("__pycache__", *NOT_SHIPPED)
    shutil.copytree(PROJECT / "demo", folder / "demo", ignore=skip)
    shutil.copytree(PROJECT / "templates", folder / "templates")
    shutil.copy2(PROJECT / "manage.py", folder)
    for layer in GENERATIONS[1 : GENERATIONS.index(generation) + 1]:
        no_cache = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HERE / layer, folder / "demo", ignore=no_cache, dirs_exist_ok=True)
    return folder
