"""Queries as a site writes them: what they may name, and what is put there. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from zdt_core.exceptions import ConfigurationError

PLACES = ("environment", "service", "region")
_named = re.compile(r"\$(?:\{(\w*)\}?|([A-Za-z_]\w*))").finditer


def checked(option: str, template: Any, places: Collection[str] = PLACES) -> str:
    """``template``, if it names nothing but ``places``. Raises ConfigurationError."""
    if not isinstance(template, str) or not template.strip():
        raise refused(f"{option} is a text, not {type(template).__name__}")
    known = " and ".join(f"${name}" for name in places) or "none"
    for found in _named(template):
        if found[2] not in places:
            raise refused(f"{option} names {found[0]}; known here: {known}")
    return template


def filled(template: str, values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """``template`` with the places' values."""
    return re.sub(
        r"\$([A-Za-z_]\w*)",
        lambda name: escape(values[name[1]]) if name[1] in values else name[0],
        template,
    )


def plain(number: float) -> str:
    """``number`` in digits, never with an exponent."""
    return f"{number:.10f}".rstrip("0").rstrip(".")


def positive(option: str, value: Any, *, least: float = 0) -> None:
    """Raises ConfigurationError for what is no number above ``least``."""
    if type(value) not in (int, float) or not least < value < float("inf"):
        raise refused(f"{option} is a number above {least:g}, not {value!r:.40}")


def refused(complaint: str) -> ConfigurationError:
    """The error that says what is wrong with the setting."""
    return ConfigurationError(f"ZDT_METRIC_SOURCE: {complaint}.")
