"""What is usual for stable: its levels, how far its machines lie apart, and how long noise lasts.

Measured before the deployment, when there was nothing but stable. Machines that differ for good,
by a noisy neighbour or an older processor, would be taken for a bad release; hence a difference of
three times their standard deviation is tolerated. Noise that outlasts a minute makes minutes count
double; hence blocks of five minutes where one minute foretells the next.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import partial
from statistics import fmean
from typing import Any

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential.shards import Counts, pooled

LEAST_MINUTES = 5
"""Fewer tell nothing."""

LONG_BLOCK = 5
MOST_CORRELATION = 0.3
CLEARLY = 2.0
"""Means that vary less than twice as much as chance has them do are taken for equal."""

Minute = Mapping[str, Counts]
"""One minute of stable: what each of its machines measured, by its name."""
Value = Callable[[Counts], float]


@dataclass(frozen=True, slots=True)
class Level:
    """``usual`` of all machines together, and the ``spread`` (standard deviation) between them
    beyond what chance explains; a share of requests, an amount per request, or milliseconds."""

    usual: float
    spread: float


@dataclass(frozen=True, slots=True)
class Latency:
    """In milliseconds: the geometric mean, and two percentiles."""

    typical: Level
    p95: Level
    p99: Level


@dataclass(frozen=True, slots=True)
class Before:
    """Stable's levels: ``errors`` as a share, ``latency``, ``counters`` per request by name; and
    the minutes that make one ``block``. Of the ``undivided`` counters it is known what all machines
    counted, and not what each of them did."""

    errors: Level
    latency: Latency
    block: int
    counters: Mapping[str, Level] = field(default_factory=dict)
    undivided: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, value: Any) -> Before:
        latency = Latency(*(Level(*level) for level in value["latency"]))
        counters = {name: Level(*level) for name, level in value["counters"].items()}
        undivided = tuple(value["undivided"])
        return cls(Level(*value["errors"]), latency, value["block"], counters, undivided)

    def to_json(self) -> dict[str, Any]:
        """JSON that `from_json` reads back to an equal value."""
        return {
            "errors": astuple(self.errors),
            "latency": astuple(self.latency),
            "block": self.block,
            "counters": {name: astuple(level) for name, level in self.counters.items()},
            "undivided": list(self.undivided),
        }


def learn(minutes: Sequence[Minute], counters: Collection[str] = ()) -> Before | None:
    """What stable's ``minutes``, oldest first, say; None where there are fewer than five with
    requests."""
    heard = [{name: counts for name, counts in each.items() if counts.requests} for each in minutes]
    heard = [each for each in heard if each]
    if len(heard) < LEAST_MINUTES:
        return None
    everything = pooled(counts for minute in heard for counts in minute.values())
    p95 = _Apart(heard, partial(_percentile, share=0.95))
    errors = _Apart(heard, _error_share)

    def level(value: Value, apart: _Apart | None = None) -> Level:
        return Level(value(everything), (apart or _Apart(heard, value)).spread)

    undivided = tuple(name for name in counters if _undivided(heard, name))
    per_request = {name: level(partial(_per_request, name=name)) for name in counters}
    return Before(
        level(_error_share, errors),
        Latency(level(_typical), level(p95.value, p95), level(partial(_percentile, share=0.99))),
        LONG_BLOCK if errors.lasts or p95.lasts else 1,
        {
            name: Level(each.usual, 0.0) if name in undivided else each
            for name, each in per_request.items()
        },
        undivided,
    )


def _undivided(minutes: Iterable[Minute], name: str) -> bool:
    """Whether mostly no more than one machine counted."""
    told = [sum(name in counts.counters for counts in minute.values()) for minute in minutes]
    return 2 * sum(machines > 1 for machines in told) < len(told)


class _Apart:
    """What sets each machine apart from the mean of all in ``value``, minute by minute."""

    def __init__(self, minutes: Iterable[Minute], value: Value) -> None:
        self.value = value
        self.series: dict[str, list[float]] = {}
        for minute in minutes:
            values = {name: value(counts) for name, counts in minute.items()}
            mean = fmean(values.values())
            for name, found in values.items():
                self.series.setdefault(name, []).append(found - mean)

    @property
    def spread(self) -> float:
        """The standard deviation between machines' means, without the variance that chance gives
        them: what sets one apart in one minute and not in the next."""
        known = [each for each in self.series.values() if len(each) >= LEAST_MINUTES]
        if len(known) < 2:
            return 0.0
        between = _variance([fmean(each) for each in known])
        chance = fmean(_variance(each) / len(each) for each in known)
        return math.sqrt(between - chance) if between > CLEARLY * chance else 0.0

    @property
    def lasts(self) -> bool:
        """Whether that goes on in the next minute: the lag-1 autocorrelation, less what each
        machine has for good."""
        together = power = 0.0
        for differences in self.series.values():
            usual = fmean(differences)
            rest = [value - usual for value in differences]
            together += math.fsum(a * b for a, b in itertools.pairwise(rest))
            power += math.fsum(value * value for value in rest)
        return together > MOST_CORRELATION * power


def _variance(values: Sequence[float]) -> float:
    mean = fmean(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _error_share(counts: Counts) -> float:
    return counts.errors / counts.requests


def _per_request(counts: Counts, name: str) -> float:
    return counts.counters.get(name, 0.0) / counts.requests


def _typical(counts: Counts) -> float:
    return histogram.value(0) * histogram.GAMMA ** mean_bucket(counts)


def mean_bucket(counts: Counts) -> float:
    """The mean of the logarithms of latency, in buckets."""
    total = sum(counts.latency.values())
    return sum(b * n for b, n in counts.latency.items()) / total if total else 0.0


def _percentile(counts: Counts, share: float) -> float:
    return histogram.percentile(counts.latency, share) or 0.0
