"""A split as one line of text: what the agent writes and a proxy reads. No I/O.

    5000|1.0|2.0|1790000000

The threshold in fine buckets, the stable and the canary release, and the second of the Unix clock
from which on nobody is on the canary any more. The proxy compares that with its own clock, which is
the agent's, as both stand on one host.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from zdt_core import buckets
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.base import SLACK_SECONDS, Applied

HELD = 99_999_999_999
"""The end of a share that holds."""
_LINE = re.compile(r"(\d{1,6})\|([^|\s]*)\|([^|\s]*)\|(\d{1,11})")


@dataclass(frozen=True, slots=True)
class Line:
    """``until`` is in Unix seconds."""

    threshold: int
    stable: str
    canary: str
    until: int = HELD

    @classmethod
    def of(cls, route: Route, now: float) -> Line:
        """The line for ``route``, whose validity is counted from ``now``."""
        ends = route.valid_for is not None and route.threshold > 0
        until = int(now + route.valid_for) if ends and route.valid_for is not None else HELD
        return cls(route.threshold, route.stable, route.canary, until)

    @classmethod
    def parse(cls, text: str) -> Line | None:
        """The line in ``text``; None when it is none."""
        found = _LINE.fullmatch(text.strip())
        if found is None or int(found[1]) > buckets.STEPS:
            return None
        return cls(int(found[1]), found[2], found[3], int(found[4]))

    def __str__(self) -> str:
        return f"{self.threshold}|{self.stable}|{self.canary}|{self.until}"

    def splits_as(self, other: Line | None) -> bool:
        """True when ``other`` sends everyone where this one does, however long."""
        return other is not None and (self.threshold, self.stable, self.canary) == (
            other.threshold, other.stable, other.canary,
        )  # fmt: skip

    def maps_as(self, other: Line | None) -> bool:
        """True when one map of cookies does for both: it knows whether there is an end, not
        which."""
        return other is not None and self.splits_as(other) and self.ends == other.ends

    def says(self, other: Line | None) -> bool:
        """True when ``other`` asks for the same, give or take what an end may differ by."""
        return (
            other is not None
            and self.splits_as(other)
            and abs(self.until - other.until) <= SLACK_SECONDS
        )

    @property
    def ends(self) -> bool:
        return self.until < HELD

    @property
    def releases(self) -> frozenset[str]:
        """Those that serve somebody."""
        everyone, nobody = self.threshold >= buckets.STEPS, self.threshold == 0
        return frozenset({"" if everyone else self.stable, "" if nobody else self.canary} - {""})

    def applied(self, now: float, pools: Collection[str]) -> Applied:
        """What a proxy makes of it at ``now`` that has servers for the releases ``pools``."""
        left = self.until - now if self.ends else None
        over = left is not None and left <= 0
        threshold = 0 if over or self.canary not in pools else self.threshold
        return Applied(self.stable if self.stable in pools else "", self.canary, threshold, left)
