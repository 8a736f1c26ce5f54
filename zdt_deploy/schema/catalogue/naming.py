"""Whether a text of SQL or PL/pgSQL names a column or table."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.catalogue.reading import rows

_OF_EVERY_FUNCTION = (
    "after", "before", "begin", "declare", "each", "exception", "execute", "function", "if",
    "language", "loop", "new", "old", "perform", "raise", "return", "returns", "row", "trigger",
)  # fmt: skip
"""Words of PL/pgSQL, and of the definition of a trigger, that PostgreSQL does not reserve."""


def naming(connection: BaseDatabaseWrapper, names: Collection[str]) -> re.Pattern[str]:
    """What finds one of the ``names``, in whatever case.

    Key words count in quotes or behind a dot only: else every function would name a column ``end``.
    """
    words = {word for (word,) in rows(connection, _RESERVED, [list(names)])}
    words |= set(names).intersection(_OF_EVERY_FUNCTION)
    patterns = [_pattern(name, name in words) for name in sorted(names)]
    return re.compile("|".join(patterns) or "(?!)", re.IGNORECASE)


def _pattern(name: str, is_word: bool) -> str:
    bare = rf"{re.escape(name)}(?!\w)"
    quoted = re.escape('"{}"'.format(name.replace('"', '""')))
    return rf"{quoted}|\.\s*{bare}" if is_word else rf"{quoted}|(?<!\w){bare}"


_RESERVED = "SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T') AND word = ANY(%s)"
