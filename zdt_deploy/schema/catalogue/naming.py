"""Whether a text of SQL or PL/pgSQL names a column or table."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.catalogue.reading import rows

_OF_EVERY_FUNCTION = (
    "after", "before", "begin", "declare", "each", "exception", "execute", "function", "if",
    "loop", "new", "old", "perform", "raise", "return", "row", "trigger",
)  # fmt: skip
"""Words of PL/pgSQL, and of the definition of a trigger, that may be columns without quotes."""


def naming(connection: BaseDatabaseWrapper, names: Collection[str]) -> re.Pattern[str]:
    """What finds one of the ``names``, in whatever case.

    Key words that are no columns by themselves count in quotes or behind a dot only, and those of
    every function else as they are written: all functions would name a column ``end`` or ``new``.
    """
    reserved = {word for (word,) in rows(connection, _RESERVED, [list(names)])}
    patterns = [_pattern(name, name in reserved) for name in sorted(names)]
    return re.compile("|".join(patterns) or "(?!)", re.IGNORECASE)


def _pattern(name: str, is_reserved: bool) -> str:
    alone = rf"{re.escape(name)}(?!\w)"
    if is_reserved or name in _OF_EVERY_FUNCTION:
        marked = rf"[\"']{alone}[\"']|\.\s*{alone}"
        return marked if is_reserved else rf"{marked}|(?-i:(?<!\w){alone})"
    quoted = re.escape('"{}"'.format(name.replace('"', '""')))
    return rf"{quoted}|(?<!\w){alone}"


_RESERVED = "SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T') AND word = ANY(%s)"
