"""What is usual for stable: its levels, how far its instances lie apart, and how long noise lasts.

Measured before the deployment, when there was nothing but stable. Instances that differ for good,
by a noisy neighbour or an older machine, would be taken for a bad release; hence a difference of
three times their standard deviation is tolerated. Noise that outlasts a minute makes minutes count
double; hence blocks of five minutes where one minute foretells the next.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from typing import Any

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential.shards import Counts, pooled

LEAST_MINUTES = 5
"""Fewer tell nothing."""

LONG_BLOCK = 5
MOST_CORRELATION = 0.3
CLEARLY = 2.0
"""Means that vary less than twice as much as chance has them do are taken for equal."""

PERCENTILES = (0.5, 0.95, 0.99)
P95 = 1
"""Its place among them."""

Minute = Mapping[str, Counts]
"""One minute of stable: what each of its instances measured, by its name."""
Value = Callable[[Counts], float]


@dataclass(frozen=True, slots=True)
class Level:
    """``usual`` of all instances together, and the ``spread`` (standard deviation) between them
    beyond what chance explains; a share of requests, or milliseconds."""

    usual: float
    spread: float


@dataclass(frozen=True, slots=True)
class Before:
    """Stable's levels: ``errors`` as a share, ``latency`` in ms for each of `PERCENTILES`; and the
    minutes that make one ``block``."""

    errors: Level
    latency: tuple[Level, ...]
    block: int

    @classmethod
    def from_json(cls, value: Any) -> Before:
        latency = tuple(Level(*level) for level in value["latency"])
        return cls(Level(*value["errors"]), latency, value["block"])

    def to_json(self) -> dict[str, Any]:
        """JSON that `from_json` reads back to an equal value."""
        return {
            "errors": astuple(self.errors),
            "latency": [astuple(level) for level in self.latency],
            "block": self.block,
        }


def learn(minutes: Sequence[Minute]) -> Before | None:
    """What stable's ``minutes``, oldest first, say; None where there are fewer than five with
    requests."""
    heard = [{name: counts for name, counts in each.items() if counts.requests} for each in minutes]
    heard = [each for each in heard if each]
    if len(heard) < LEAST_MINUTES:
        return None
    everything = pooled(counts for minute in heard for counts in minute.values())
    return Before(
        Level(_error_share(everything), _spread(heard, _error_share)),
        tuple(
            Level(_percentile(everything, share), _spread(heard, partial(_percentile, share=share)))
            for share in PERCENTILES
        ),
        LONG_BLOCK if _lasts(heard) else 1,
    )


def _spread(minutes: Sequence[Minute], value: Value) -> float:
    """The standard deviation between instances' means, without the variance that chance gives
    them: what sets an instance apart from the others in one minute and not in the next."""
    series = [each for each in _apart(minutes, value) if len(each) >= LEAST_MINUTES]
    if len(series) < 2:
        return 0.0
    between = statistics.variance(statistics.fmean(each) for each in series)
    chance = statistics.fmean(statistics.variance(each) / len(each) for each in series)
    return math.sqrt(between - chance) if between > CLEARLY * chance else 0.0


def _lasts(minutes: Sequence[Minute]) -> bool:
    """Whether what sets an instance apart from the others in one minute goes on in the next."""
    values = (_error_share, partial(_percentile, share=0.95))
    return any(_correlation(_apart(minutes, value)) > MOST_CORRELATION for value in values)


def _correlation(series: Iterable[Sequence[float]]) -> float:
    """The lag-1 autocorrelation, less what each instance has for good."""
    together = power = 0.0
    for differences in series:
        usual = statistics.fmean(differences)
        rest = [value - usual for value in differences]
        together += math.fsum(a * b for a, b in itertools.pairwise(rest))
        power += math.fsum(value * value for value in rest)
    return together / power if power else 0.0


def _apart(minutes: Sequence[Minute], value: Value) -> list[list[float]]:
    """For each instance its differences from the mean of all, minute by minute."""
    series: dict[str, list[float]] = {}
    for minute in minutes:
        values = {name: value(counts) for name, counts in minute.items()}
        mean = statistics.fmean(values.values())
        for name, found in values.items():
            series.setdefault(name, []).append(found - mean)
    return list(series.values())


def _error_share(counts: Counts) -> float:
    return counts.errors / counts.requests


def _percentile(counts: Counts, share: float) -> float:
    return histogram.percentile(counts.latency, share) or 0.0
