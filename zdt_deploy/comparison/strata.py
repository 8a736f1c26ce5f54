"""Two releases under like circumstances. No I/O.

Over a ramp the new release's share of the requests grows while the load, the errors and the
latency change by themselves: a bad quarter of an hour at 50 % weighs more for the release that was
new then, and would look like its fault. So does a slow region that has more of its users. Slots
are therefore put into strata, in each of which the requests were shared about alike, and the
releases are compared within each. Two ways lead from there to one number:

- `Sides.rates` weighs what the old release did in each stratum by the requests of the new one:
  what it would have done had it been asked the same (direct standardisation).
- `Sides.falls` adds up what would have fallen on the new release in each stratum by its share of
  the requests, were both alike (as the Mantel-Haenszel test does).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from zdt_deploy.comparison.sums import Sums

APART = math.log(1.5)
"""Within a stratum the ratio of requests differs by a half at most."""

_SCALE = 1000
Amount = Callable[[Sums], float]
Histogram = Callable[[Sums], Mapping[int, int]]


def stratum(old_requests: int, new_requests: int) -> int:
    """The number of the stratum in which the requests were shared like that; both are above 0."""
    return round(math.log(new_requests / old_requests) / APART)


@dataclass(frozen=True, slots=True)
class Falls:
    """Of ``of`` in all, ``count`` fell on the new release, where ``due`` would have by chance."""

    count: float
    of: float
    due: float

    @property
    def share(self) -> float:
        return self.due / self.of if self.of else 0.0

    @property
    def ratio(self) -> float:
        """How many times as often it happens in the new release; 1 where it never did."""
        if not self.of:
            return 1.0
        rest, rest_due = self.of - self.count, self.of - self.due
        return math.inf if not rest else (self.count / self.due) / (rest / rest_due)


@dataclass
class Sides:
    """Pairs of what the old and the new release did in one stratum; those in which one of them was
    asked nothing are left out. ``old`` and ``new`` are the sums of the others."""

    strata: list[tuple[Sums, Sums]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.strata = [pair for pair in self.strata if pair[0].requests and pair[1].requests]
        self.old, self.new = (_merged(side) for side in self._columns())

    @cached_property
    def old_weight(self) -> float:
        """As many requests of the old release, all weighing the same, would tell as much."""
        if not self.strata:
            return 0.0
        return self.new.requests**2 / sum(n.requests**2 / o.requests for o, n in self.strata)

    def rates(self, amount: Amount) -> tuple[float, float]:
        """``amount`` per request of the old release, had it been asked the same, and of the new."""
        old = sum(amount(o) * n.requests / o.requests for o, n in self.strata)
        return old / self.new.requests, amount(self.new) / self.new.requests

    def falls(self, old: Amount, new: Amount) -> Falls:
        """How the sum of ``old`` and ``new`` fell on both."""
        found = Falls(0.0, 0.0, 0.0)
        for o, n in self.strata:
            count, both = new(n), old(o) + new(n)
            due = both * n.requests / (o.requests + n.requests)
            found = Falls(found.count + count, found.of + both, found.due + due)
        return found

    def histograms(self, read: Histogram) -> tuple[dict[int, int], dict[int, int]]:
        """Those of the old release, had it been asked the same, and of the new; scaled alike."""
        old: dict[int, float] = {}
        for o, n in self.strata:
            for bucket, count in read(o).items():
                old[bucket] = old.get(bucket, 0.0) + count * n.requests / o.requests
        new = {bucket: count * _SCALE for bucket, count in read(self.new).items()}
        return {bucket: round(count * _SCALE) for bucket, count in old.items()}, new

    def _columns(self) -> tuple[list[Sums], list[Sums]]:
        return [pair[0] for pair in self.strata], [pair[1] for pair in self.strata]


def _merged(sums: Iterable[Sums]) -> Sums:
    total = Sums()
    for each in sums:
        total.merge(each)
    return total
