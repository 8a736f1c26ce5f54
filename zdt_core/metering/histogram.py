"""Latency as counts in logarithmic buckets: percentiles within 2 %, mergeable, no I/O.

Bucket ``i`` holds the milliseconds in ``(γ^(i-1), γ^i]`` with γ = 1.04 and stands for
``2 γ^i / (γ + 1)``, which is at most ``(γ - 1) / (γ + 1)`` = 1.97 % off any value inside. Source:
Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
guarantees" (2019), arXiv 1908.10693.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import ceil, log

GAMMA = 1.04
SHORTEST_MS = 0.001
LONGEST_MS = 86_400_000.0
"""A microsecond and a day: what lies beyond counts as these."""

_PER_LOG = 1 / log(GAMMA)


def bucket(milliseconds: float) -> int:
    """The bucket of a duration. Raises ValueError for NaN."""
    return ceil(log(min(max(milliseconds, SHORTEST_MS), LONGEST_MS)) * _PER_LOG)


FIRST, LAST = bucket(SHORTEST_MS), bucket(LONGEST_MS)
"""The buckets that there are."""


def value(bucket: int) -> float:
    """The milliseconds that ``bucket`` stands for."""
    return 2 * GAMMA**bucket / (GAMMA + 1)


def of(durations: Iterable[float]) -> dict[int, int]:
    """The histogram of ``durations`` in milliseconds."""
    counts: dict[int, int] = {}
    for milliseconds in durations:
        index = bucket(milliseconds)
        counts[index] = counts.get(index, 0) + 1
    return counts


def merge(*histograms: Mapping[int, int]) -> dict[int, int]:
    """The histogram of everything in ``histograms``; order and grouping do not matter."""
    merged: dict[int, int] = {}
    for counts in histograms:
        for index, count in counts.items():
            merged[index] = merged.get(index, 0) + count
    return merged


@lru_cache(maxsize=64)
def _exact(share: float) -> Fraction:
    return Fraction(str(share))


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """The milliseconds within which ``share`` (0 to 1; 0.95 for p95) of the durations ended.

    It is the nearest rank: the smallest value that has at least ``share`` of all values at or
    below it. None when there are no durations. Raises ValueError for a share outside 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"A share lies between 0 and 1 (p95 is 0.95), not {share}.")
    total = sum(counts.values())
    if total == 0:
        return None
    rank = max(1, ceil(_exact(share) * total))  # 0.07 * 100 is a little above 7
    seen = 0
    for index in sorted(counts):
        seen += counts[index]
        if seen >= rank:
            return value(index)
    raise ValueError("A histogram holds counts of 0 and above.")
