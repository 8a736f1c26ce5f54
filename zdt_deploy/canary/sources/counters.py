"""Counters as a scraper saw them, and what they grew by in each window. No I/O.

A counter that was not there before began at 0: the first errors of a new process are errors. One
that falls was reset, and counts from 0 again. Source: Prometheus' manual, `increase`; which leaves
out what a series is born with (prometheus/prometheus#1673).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

Values = Mapping[int, float]
"""A counter's value by the second at which it was looked at."""


def increases(values: Values, moments: Sequence[int], seen: Collection[int]) -> dict[int, float]:
    """What the counter grew by up to each of ``moments`` since the one before.

    The first of the moments is compared with only. ``seen`` are those at which anything was seen
    at all: what appears after a gap of everything is no new counter, and tells nothing there.
    Moments at which it was not there are left out. Raises ValueError for what no counter is at.
    """
    grown: dict[int, float] = {}
    last: float | None = None
    before: int | None = None
    for moment in moments:
        value = values.get(moment)
        if value is not None:
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{value} is no counter")
            if last is not None:
                grown[moment] = value - last if value >= last else value
            elif before is not None and before in seen:
                grown[moment] = value
            last = value
        before = moment
    return grown
