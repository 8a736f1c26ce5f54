"""From the fine logarithmic histogram to the bounds that Prometheus wants. No I/O.

A bound is met by the nearest edge of a fine bucket, which lies within 2 % of it; the sum adds up
what the fine buckets stand for, within 2 % as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from zdt_core.metering import histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_EDGES = tuple((bound, round(log(bound * 1000) / log(histogram.GAMMA))) for bound in SECONDS)


def cumulative(counts: Mapping[int, int]) -> tuple[tuple[float, int], ...]:
    """How many requests took up to each of the bounds, in seconds."""
    return tuple(
        (bound, sum(count for index, count in counts.items() if index <= edge))
        for bound, edge in _EDGES
    )


def total_seconds(counts: Mapping[int, int]) -> float:
    """How long all requests took together."""
    return sum(count * histogram.value(index) for index, count in counts.items()) / 1000
