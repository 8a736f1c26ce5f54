"""Could chance alone make a difference of counts? No I/O.

Given that something happened ``k`` times in both releases together, each time falls on the new one
with the probability of its share of the requests, if nothing has changed: a binomial test. Where
the share differs from stratum to stratum, the mean share is used, which makes it say less than it
could (Hoeffding 1956). Errors that come in bursts look rarer to it than they are, so it is asked
for one in a thousand, and the judge decides on no ground of it.
"""

from __future__ import annotations

import math

SURE = 0.001
EXACTLY = 200
"""Terms that are added up one by one; beyond them the normal distribution is near enough."""


def at_least(count: int, of: int, probability: float) -> float:
    """The probability that a binomial (``of``, ``probability``) is ``count`` or more."""
    if count <= 0:
        return 1.0
    if count > of or probability <= 0:
        return 0.0
    if probability >= 1:
        return 1.0
    if min(count, of - count + 1) > EXACTLY:
        deviation = math.sqrt(2 * of * probability * (1 - probability))
        return 0.5 * math.erfc((count - 0.5 - of * probability) / deviation)
    if count <= of - count + 1:
        return max(0.0, 1.0 - sum(_exactly(i, of, probability) for i in range(count)))
    return min(1.0, sum(_exactly(i, of, probability) for i in range(count, of + 1)))


def surely(count: int, of: int, share: float) -> bool:
    """Whether chance, of which ``share`` of ``of`` is due, would hardly make that ``count``."""
    return at_least(count, of, share) < SURE


def _exactly(count: int, of: int, probability: float) -> float:
    ways = math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)
    return math.exp(ways + count * math.log(probability) + (of - count) * math.log1p(-probability))
