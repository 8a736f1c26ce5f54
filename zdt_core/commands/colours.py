"""Colours: for people at a terminal, unless NO_COLOR or --no-color; also into a pipe with
FORCE_COLOR or --force-color. Flags win over the environment, and no colour over colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STYLES = {
    "good": "SUCCESS", "busy": "HTTP_NOT_MODIFIED", "warn": "WARNING", "bad": "ERROR",
    "head": "MIGRATE_LABEL",
}  # fmt: skip


def choose(options: dict[str, Any], environment: Mapping[str, str]) -> None:
    """Let the environment decide where no flag does."""
    if options.get("no_color") or options.get("force_color"):
        return
    if environment.get("NO_COLOR"):
        options["no_color"] = True
    elif environment.get("FORCE_COLOR", "0") != "0" and environment["FORCE_COLOR"]:
        options["force_color"] = True


def paint(style: Any, look: str, text: str) -> str:
    """``text`` in the colour of ``look``, as it is for a look without one."""
    name = _STYLES.get(look)
    painted: str = getattr(style, name)(text) if name else text
    return painted
