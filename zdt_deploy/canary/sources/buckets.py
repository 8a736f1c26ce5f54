"""Latency in a scraper's cumulative buckets as our finer logarithmic ones. No I/O.

What lies between two bounds is spread evenly over the fine buckets between them, so that
percentiles come out as by interpolation; what lies above the last bound counts as the first fine
bucket beyond it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from zdt_core.metering import histogram


def fine(cumulative: Mapping[float, float]) -> dict[int, int]:
    """The histogram of requests by upper bound in seconds (+Inf for all of them).

    Raises ValueError where there is no +Inf, or where fewer are below a larger bound.
    """
    bounds = sorted(cumulative)
    if not bounds or not math.isinf(bounds[-1]):
        raise ValueError("the bucket +Inf is missing")
    found: dict[int, int] = {}
    below, lowest = 0, histogram.bucket(0)
    for bound in bounds:
        count = round(cumulative[bound])
        if count < below:
            raise ValueError("a larger bound has fewer requests")
        highest = lowest + 1 if math.isinf(bound) else max(lowest, histogram.bucket(bound * 1000))
        first = highest if lowest == histogram.bucket(0) and not math.isinf(bound) else lowest + 1
        _spread(found, count - below, min(first, highest), highest)
        below, lowest = count, highest
    return found


def _spread(found: dict[int, int], count: int, first: int, last: int) -> None:
    """``count`` over the buckets from ``first`` to ``last``, as evenly as whole numbers allow."""
    wide = last - first + 1
    for place in range(wide):
        share = count * (place + 1) // wide - count * place // wide
        if share:
            found[first + place] = found.get(first + place, 0) + share
