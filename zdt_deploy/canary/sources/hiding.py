"""What may be told of what somebody else wrote: no secret of ours, and no more than a line. No I/O.

A server that is asked with a key may answer with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from traceback import walk_tb
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

HIDDEN = "…"
LONGEST = 300
_SHORTEST = 4
_is_secret = re.compile(r"key|token|secret|password|credential|auth", re.I).search


def secrets_in(options: Mapping[str, Any]) -> frozenset[str]:
    """The values of ``options`` that nobody may see: by their names, and what URLs carry."""
    found: set[str] = set()
    for name, value in options.items():
        if isinstance(value, Mapping):
            found |= secrets_in(value)
        elif isinstance(value, str):
            found |= {value} if _is_secret(str(name)) else _in_url(value)
    return frozenset(found - {""})


def told(text: object, secrets: Iterable[str] = (), longest: int = LONGEST) -> str:
    """``text`` as one line without ``secrets``, cut after ``longest`` letters."""
    line = str(text)
    for secret in sorted(secrets, key=len, reverse=True):
        for form in {secret, quote(secret, safe=""), repr(secret)[1:-1]}:
            if len(form) >= _SHORTEST:
                line = line.replace(form, HIDDEN)
    line = " ".join("".join(each if each.isprintable() else " " for each in line).split())
    return line if len(line) <= longest else line[:longest] + HIDDEN


def place_of(error: BaseException) -> str:
    """The file and line that raised ``error``, whose own words may be secret."""
    frames = [f"{frame.f_code.co_filename}:{line}" for frame, line in walk_tb(error.__traceback__)]
    return frames[-1] if frames else "nowhere"


def _in_url(value: str) -> set[str]:
    if "://" not in value:
        return set()
    try:
        parts = urlsplit(value)
        asked = [text for _name, text in parse_qsl(parts.query)]
        carried = (parts.username, parts.password, parts.query, *asked)
    except ValueError:
        return {value}
    return {form for each in carried if each for form in (each, unquote(each))}
