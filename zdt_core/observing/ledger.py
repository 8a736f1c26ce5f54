"""What this process observed between two flushes.

The request path only appends to deques. Whoever settles the ledger adds up, which is the flusher;
where nobody flushes, each `FULL`-th entry does it, so that memory stays bounded.
"""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from dataclasses import dataclass, field

from zdt_core.metering import histogram
from zdt_core.observing import statements
from zdt_core.observing.keys import OTHERS
from zdt_core.observing.patterns import Pattern, identify

FULL = 2000
"""Entries after which the request path adds up by itself."""

MOST_PATTERNS = 100
"""Patterns that a flush tells apart; the rest is counted together."""

MOST_QUERIES = 200
"""Queries that a flush tells apart, those that took longest."""

_MOST_SEEN = 1000


@dataclass(slots=True)
class Amounts:
    """Sums of what was observed. Errors and queries by id; ``words`` say what an id means."""

    requests: int = 0
    failed: int = 0
    microseconds: int = 0
    queries: int = 0
    latency: dict[int, int] = field(default_factory=dict)
    database: dict[int, int] = field(default_factory=dict)
    inside: dict[str, int] = field(default_factory=dict)
    outside: dict[str, int] = field(default_factory=dict)
    statements: dict[str, list[int]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.requests or self.outside or self.inside)


class Ledger:
    """Entries of requests ``(seconds, failed, seconds in the database, queries)``, of statements
    ``(sql, seconds)`` and of errors ``(pattern, whether inside of a request)``."""

    def __init__(self) -> None:
        self.requests: deque[tuple[float, bool, float, float]] = deque()
        self.statements: deque[tuple[object, float]] = deque()
        self.errors: deque[tuple[Pattern, bool]] = deque()
        self.reset()

    def reset(self) -> None:
        """Forget everything, also a lock that somebody held when this process was forked."""
        self._lock = threading.Lock()
        self._amounts = Amounts()
        for entries in (self.requests, self.statements, self.errors):
            entries.clear()

    def add_up(self) -> None:
        """Turn entries into amounts, unless somebody else is at it."""
        if self._lock.acquire(blocking=False):
            try:
                self._add_up()
            finally:
                self._lock.release()

    def settle(self) -> Amounts:
        """Everything observed since the last time, with the slowest queries told apart."""
        with self._lock:
            self._add_up()
            settled, self._amounts = self._amounts, Amounts()
        _keep_slowest(settled)
        return settled

    def _add_up(self) -> None:
        amounts = self._amounts
        for _ in range(len(self.requests)):
            _add_request(amounts, *self.requests.popleft())
        for _ in range(len(self.statements)):
            _add_statement(amounts, *self.statements.popleft())
        for _ in range(len(self.errors)):
            _add_error(amounts, *self.errors.popleft())


def _add_request(
    amounts: Amounts, seconds: float, failed: bool, in_database: float, queries: float
) -> None:
    amounts.requests += 1
    amounts.failed += failed
    amounts.microseconds += round(in_database * 1e6)
    amounts.queries += int(queries)
    for counts, spent in ((amounts.latency, seconds), (amounts.database, in_database)):
        index = histogram.bucket(spent * 1000)
        counts[index] = counts.get(index, 0) + 1


def _add_statement(amounts: Amounts, sql: object, seconds: float) -> None:
    text = statements.shape(_text_of(sql))
    id = identify("query", text)
    if id not in amounts.statements and len(amounts.statements) >= _MOST_SEEN:
        id = OTHERS
    sums = amounts.statements.setdefault(id, [0, 0])
    sums[0] += 1
    sums[1] += round(seconds * 1e6)
    if id not in amounts.words and id != OTHERS:
        amounts.words[id] = json.dumps({"kind": "query", "text": text}, ensure_ascii=False)


def _add_error(amounts: Amounts, pattern: Pattern, inside: bool) -> None:
    counts, id = amounts.inside if inside else amounts.outside, pattern.id
    if id not in counts and len(counts) >= MOST_PATTERNS:
        id = OTHERS
    counts[id] = counts.get(id, 0) + 1
    if id != OTHERS:
        amounts.words.setdefault(id, pattern.words)


def _keep_slowest(amounts: Amounts) -> None:
    found = amounts.statements
    if len(found) <= MOST_QUERIES:
        return
    by_time = sorted(found, key=lambda id: (id != OTHERS, found[id][1]))
    for id in by_time[: len(found) - MOST_QUERIES]:
        calls, microseconds = found.pop(id)
        rest = found.setdefault(OTHERS, [0, 0])
        rest[0] += calls
        rest[1] += microseconds
        amounts.words.pop(id, None)


def _text_of(sql: object) -> str:
    """psycopg's own composed statements come without a connection; they say what they hold."""
    if isinstance(sql, str):
        return sql
    if isinstance(sql, bytes):
        return sql.decode(errors="replace")
    try:
        return str(sql.as_string(None))  # type: ignore[attr-defined]
    except Exception:
        return f"({type(sql).__name__})"


ledger = Ledger()
"""This process's."""

os.register_at_fork(after_in_child=ledger.reset)
