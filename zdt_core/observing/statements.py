"""SQL without its values: what makes two calls of one query equal. No I/O.

Literals and placeholders become ``?``, lists of them ``(?)``, and a list of plain columns ``…``: a
release that adds a column to a table still runs the same query.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 600
READ = 4000
"""Characters that are looked at; what is longer is not told apart beyond them."""

_REMEMBERED = 1000
_NAME = r'(?:"[^"]*"|\w+)(?:\."[^"]*"|\.\w+)*'
_COLUMN = rf"{_NAME}(?: AS {_NAME})?"
_STEPS = (
    (re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]"), " "),
    (re.compile(r"/\*.*?\*/|--[^\n]*", re.S), " "),
    (re.compile(r"(?i)(?<!\w)E'(?:[^'\\]|\\.|'')*'?", re.S), "?"),
    (re.compile(r"(?i)(?<!\w)(?:B|X|U&)?'(?:[^']|'')*'?"), "?"),
    (re.compile(r"\$(\w*)\$.*?\$\1\$", re.S), "?"),
    (re.compile(r"%\(\w+\)s|%s|\$\d+"), "?"),
    (re.compile(r"(?<![\w\"$.])[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b"), "?"),
    (re.compile(r"\s+"), " "),
    (re.compile(r"(?i)^\s*(SET (?:SESSION |LOCAL )?[\w.]+ ?(?:=|TO\b)).*"), r"\1 ?"),
    (re.compile(r"(?i)\b((?:RELEASE |ROLLBACK TO )?SAVEPOINT) \S+"), r"\1 ?"),
    (re.compile(r"\(\s*\?(?:\s*,\s*\?)*\s*(?:\)|,?\s*%?$)"), "(?)"),  # one may be cut off
    (re.compile(r"\(\?\)(?:\s*,\s*\(\?\))+"), "(?)"),
    (re.compile(r"(?i)\bARRAY\[\s*\?(?:\s*,\s*\?)*\s*\]"), "ARRAY[?]"),
    (re.compile(rf"(?i)\b(SELECT (?:DISTINCT )?){_COLUMN}(?:, {_COLUMN})+ FROM\b"), r"\1… FROM"),
    (
        re.compile(rf"(?i)^(INSERT INTO {_NAME}) \({_NAME}(?:, {_NAME})*\) VALUES \([^()]*\)"),  # noqa: S608
        r"\1 (…) VALUES (?)",
    ),
)


@lru_cache(maxsize=_REMEMBERED)
def shape(sql: str) -> str:
    """``sql`` without its values."""
    found = sql[:READ]
    for pattern, placeholder in _STEPS:
        found = pattern.sub(placeholder, found)
    return found.strip()[:LONGEST]
