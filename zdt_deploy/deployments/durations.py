"""Durations as people write them: "90s", "30m", "2h", "48h", "7d". No I/O."""

from __future__ import annotations

import re

from zdt_core.exceptions import Refused

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_WRITTEN = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([smhd])")
LONGEST = 365 * 86_400
"""A year: anything longer is a slip of the keyboard."""


def parse(text: str) -> float:
    """The seconds that ``text`` means. Raises Refused("duration_unreadable")."""
    found = _WRITTEN.fullmatch(text.strip())
    seconds = float(found[1]) * _UNITS[found[2]] if found else None
    if seconds is None or seconds > LONGEST:
        raise Refused("duration_unreadable", text=text)
    return seconds


def short(seconds: float) -> str:
    """``seconds`` in the largest unit that needs no fraction: 1800 is "30m"."""
    for unit, length in reversed(_UNITS.items()):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:g}s"


def rounded(seconds: float) -> str:
    """``seconds`` for reading: "45 s", "12 min", "3 h", "2 d"; never below zero."""
    seconds = max(0.0, seconds)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} d"
