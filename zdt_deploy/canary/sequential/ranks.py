"""Evidence from ranks: how far up the canary stands among equals, minute after minute; no I/O.

In each block the canary is one shard among K of stable. If it is no worse, each of the K + 1 places
is as likely as the others. A bet with the odds ``g(i) = exp(λ (i/K − 1))`` on the place ``i`` (0 is
the best) then pays ``g(i) / mean(g)``, which is 1 on average: an *e-value*. Where the canary equals
some shards, it may stand at any of those places, and the bet pays their mean. The product over the
blocks is an *e-process*: however often one looks, it ever reaches ``1/α`` with a probability of at
most α (Ville's inequality). Several values of λ are bet on at once, and their mean is an e-process
again.

Sources: Ville, "Étude critique de la notion de collectif" (1939); Ramdas, Grünwald, Vovk, Shafer:
"Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38 (2023), arXiv
2210.01948; for ranks, Lardy, Pérez-Ortiz: "Anytime-valid tests of group invariance through
conformal prediction" (2024), arXiv 2401.15461.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import add

ODDS = (2.0, 4.0, 8.0, 16.0, 32.0)
"""The λ: a small one gathers faint evidence, a large one needs the last place each time."""


@dataclass(frozen=True, slots=True)
class Wealth:
    """What the bets have made of a stake of 1 each: natural logarithms, one for each of `ODDS`."""

    logs: tuple[float, ...] = (0.0,) * len(ODDS)

    def after(self, places: Sequence[Place]) -> Wealth:
        """The wealth once the bets on ``places`` are paid, each with the same part of it."""
        paid = [_payments(place.among, place.lowest, place.highest) for place in places]
        more = paid[0] if len(paid) == 1 else [log_mean(each) for each in zip(*paid, strict=True)]
        return Wealth(tuple(map(add, self.logs, more)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where one value stands among itself and ``among`` others: between ``lowest`` and ``highest``,
    which differ by the number of equal values; 0 is the smallest."""

    lowest: int
    highest: int
    among: int

    @classmethod
    def of(cls, value: float, others: Sequence[float]) -> Place:
        lower = sum(other < value for other in others)
        equal = sum(other == value for other in others)
        return cls(lower, lower + equal, len(others))

    def reversed(self) -> Place:
        """The same with the largest at 0."""
        return Place(self.among - self.highest, self.among - self.lowest, self.among)


def evidence(wealths: Iterable[Wealth]) -> float:
    """The natural logarithm of the mean of all bets; 0 before the first."""
    logs = [log for wealth in wealths for log in wealth.logs]
    return log_mean(logs) if logs else 0.0


def log_mean(logs: Sequence[float]) -> float:
    """The logarithm of the mean of what ``logs`` are logarithms of."""
    largest = max(logs)
    return largest + math.log(math.fsum(math.exp(log - largest) for log in logs) / len(logs))


@cache
def _payments(among: int, lowest: int, highest: int) -> tuple[float, ...]:
    """The logarithms of what each bet pays; nothing is won or lost against nobody."""
    if among == 0:
        return (0.0,) * len(ODDS)
    paid = []
    for odds in ODDS:
        weights = [math.exp(odds * (place / among - 1)) for place in range(among + 1)]
        here = weights[lowest : highest + 1]
        mean = math.fsum(weights) / len(weights)
        paid.append(math.log(math.fsum(here) / len(here) / mean))
    return tuple(paid)
