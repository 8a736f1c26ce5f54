"""Could chance alone make a difference of counts? No I/O.

Given that something happened ``k`` times in both releases together, each time falls on the new one
with the probability of its share of the requests, if nothing has changed: a binomial test. Errors
that come in bursts look rarer to it than they are, so it is asked for one in a thousand, and the
judge decides on no ground of it.
"""

from __future__ import annotations

import math

SURE = 0.001


def at_least(count: int, of: int, probability: float) -> float:
    """The probability that a binomial (``of``, ``probability``) is ``count`` or more."""
    if count <= 0:
        return 1.0
    if count > of or probability <= 0:
        return 0.0
    if probability >= 1:
        return 1.0
    mean = of * probability
    deviation = math.sqrt(mean * (1 - probability))
    if deviation >= 3:
        return 0.5 * math.erfc((count - 0.5 - mean) / (deviation * math.sqrt(2)))
    if count > mean + 20 * max(1.0, deviation):
        return 0.0
    less = sum(_exactly(i, of, probability) for i in range(count))
    return max(0.0, 1.0 - less)


def surely_more(count: int, requests: int, other_count: int, other_requests: int) -> bool:
    """Whether ``count`` of ``requests`` is surely more often than the other."""
    share = requests / (requests + other_requests)
    return at_least(count, count + other_count, share) < SURE


def _exactly(count: int, of: int, probability: float) -> float:
    ways = math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)
    return math.exp(ways + count * math.log(probability) + (of - count) * math.log1p(-probability))
