"""What one release did in a number of slots. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from zdt_core.metering import histogram

OTHERS = "others"
MOST_ERRORS, MOST_QUERIES = 200, 300
"""Ids that are told apart in a phase; the rest is counted together."""


class Slot(Protocol):
    """One slot of one release; see `zdt_core.observing.source`."""

    @property
    def start(self) -> int: ...
    @property
    def requests(self) -> int: ...
    @property
    def failed(self) -> int: ...
    @property
    def microseconds(self) -> int: ...
    @property
    def statements(self) -> int: ...
    @property
    def latency(self) -> Mapping[int, int]: ...
    @property
    def database(self) -> Mapping[int, int]: ...
    @property
    def inside(self) -> Mapping[str, int]: ...
    @property
    def outside(self) -> Mapping[str, int]: ...
    @property
    def queries(self) -> Mapping[str, tuple[int, int]]: ...


@dataclass
class Sums:
    """``errors`` are counts inside and outside of requests by id, ``queries`` calls and
    microseconds. ``slots`` is how many there were, ``first`` and ``last`` when they began."""

    requests: int = 0
    failed: int = 0
    microseconds: int = 0
    statements: int = 0
    latency: dict[int, int] = field(default_factory=dict)
    database: dict[int, int] = field(default_factory=dict)
    errors: dict[str, list[int]] = field(default_factory=dict)
    queries: dict[str, list[int]] = field(default_factory=dict)
    slots: int = 0
    first: int | None = None
    last: int | None = None

    def add(self, slot: Slot) -> None:
        errors = {
            id: [slot.inside.get(id, 0), slot.outside.get(id, 0)]
            for id in {**slot.inside, **slot.outside}
        }
        self.merge(
            Sums(
                slot.requests, slot.failed, slot.microseconds, slot.statements,
                dict(slot.latency), dict(slot.database), errors,
                {id: list(pair) for id, pair in slot.queries.items()},
                1, slot.start, slot.start,
            )
        )  # fmt: skip

    def merge(self, other: Sums) -> None:
        """Add what ``other`` counted; order does not matter until too many ids are there."""
        self.requests += other.requests
        self.failed += other.failed
        self.microseconds += other.microseconds
        self.statements += other.statements
        self.latency = histogram.merge(self.latency, other.latency)
        self.database = histogram.merge(self.database, other.database)
        _merge_pairs(self.errors, other.errors, MOST_ERRORS)
        _merge_pairs(self.queries, other.queries, MOST_QUERIES)
        self.slots += other.slots
        starts = [start for start in (self.first, other.first) if start is not None]
        self.first = min(starts, default=None)
        self.last = max((s for s in (self.last, other.last) if s is not None), default=None)


def _merge_pairs(into: dict[str, list[int]], more: dict[str, list[int]], most: int) -> None:
    for id, pair in more.items():
        if id not in into and len(into) >= most:
            id = OTHERS
        sums = into.setdefault(id, [0, 0])
        sums[0] += pair[0]
        sums[1] += pair[1]
