"""The table of what GET /zdt/metrics shows: every family with its type, labels and meaning. No I/O.

Names follow Prometheus' conventions: base units, ``_total`` for counters, ``_ratio`` for shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. ``help`` is one sentence, lazily translated or not; ``labels`` in their order."""

    name: str
    kind: Kind
    help: Any
    labels: tuple[str, ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """The names that a query may use."""
        if self.kind == "histogram":
            return tuple(f"{self.name}_{end}" for end in ("bucket", "sum", "count"))
        return (self.name,)


_declared: dict[str, Family] = {}


def declare(*families: Family) -> tuple[Family, ...]:
    """Add families to the table; a room does so where it collects them."""
    _declared.update({family.name: family for family in families})
    return families


def declared() -> list[Family]:
    """The whole table, by name."""
    return [_declared[name] for name in sorted(_declared)]


@dataclass(frozen=True, slots=True)
class Point:
    """A value for the family's labels, in their order."""

    labels: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Spread:
    """A histogram for the family's labels: requests up to each bound, their sum and count."""

    labels: tuple[str, ...]
    buckets: tuple[tuple[float, int], ...]
    sum: float
    count: int


Shown = Mapping[str, Iterable[Point | Spread]]
"""What a collector returns: points by the family's name."""
