"""A made-up site that is noisy in the ways that real ones are, minute by minute.

Its errors:

| model | noise |
|---|---|
| iid | none but chance |
| burst | in 5 % of the minutes everybody has ten times the errors |
| host | burst, and each instance varies by itself (gamma, coefficient of variation 0.3) |
| hostburst | burst, and in 2 % of its minutes an instance has ten times the errors |
| user | burst, and errors come in clusters, five on average |

Its latency is lognormal, with a median of 60 ms and a p95 of 225 ms, times a factor of each
instance in each minute, and another that it has for good (`Machines`); in 5 % of the minutes
everybody takes half as long again.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential import draws
from zdt_deploy.canary.sequential.shards import Counts

MODELS = ("iid", "burst", "host", "hostburst", "user")
INSTANCES = 10
VARIATION = 0.3
CLUSTER = 5.0
P95 = 225.0
MEDIAN = math.log(60)
WIDTH = math.log(P95 / 60) / 1.6449


@dataclass(frozen=True, slots=True)
class Site:
    """``rate`` requests a second over all of its ten instances, of which ``base`` fail."""

    model: str
    base: float
    rate: float


def minutes(site: Site, worse: float, count: int, seed: object) -> Iterator[list[Counts]]:
    """What each instance measured in each of ``count`` minutes; the first fails by ``worse`` more
    often than the others."""
    chance = random.Random(f"{site}:{worse}:{seed}")
    for _ in range(count):
        common = 10.0 if site.model != "iid" and chance.random() < 0.05 else 1.0
        yield [
            _instance(chance, site, site.base * common, worse if number == 0 else 0.0)
            for number in range(INSTANCES)
        ]


def _instance(chance: random.Random, site: Site, share: float, worse: float) -> Counts:
    requests = _poisson(chance, site.rate * 60 / INSTANCES)
    if site.model == "host":
        share *= chance.gammavariate(1 / VARIATION**2, VARIATION**2)
    elif site.model == "hostburst" and chance.random() < 0.02:
        share *= 10
    share = min(share + worse, 0.95)
    if site.model == "user":
        return Counts(requests, min(requests, _clustered(chance, requests * share)))
    return Counts(requests, draws.successes(chance, requests, share))


def _clustered(chance: random.Random, mean: float) -> int:
    """Errors whose numbers by user are geometric."""
    users = _poisson(chance, mean / CLUSTER)
    per = math.log1p(-1 / CLUSTER)
    return sum(1 + int(math.log1p(-chance.random()) / per) for _ in range(users))


@dataclass(frozen=True, slots=True)
class Machines:
    """How much an instance's latency varies: from minute to ``minute``, and for ``good`` (standard
    deviations of the logarithm)."""

    minute: float
    good: float = 0.0


def slow_minutes(
    machines: Machines, rate: float, more_ms: float, count: int, seed: object, life: object
) -> Iterator[list[Counts]]:
    """As `minutes`; the first instance's p95 is higher by ``more_ms``. Where ``life`` is the same,
    instances are the same."""
    chance = random.Random(f"{machines}:{rate}:{more_ms}:{seed}")
    lasting = random.Random(f"{machines}:{life}")
    for_good = [lasting.gauss(0, machines.good) for _ in range(INSTANCES)]
    for _ in range(count):
        common = math.log(1.5) if chance.random() < 0.05 else 0.0
        found = []
        for number in range(INSTANCES):
            place = MEDIAN + common + for_good[number] + chance.gauss(0, machines.minute)
            if number == 0:
                place += math.log1p(more_ms / P95)
            requests = _poisson(chance, rate * 60 / INSTANCES)
            durations = (chance.lognormvariate(place, WIDTH) for _ in range(requests))
            found.append(Counts(requests, 0, histogram.of(durations)))
        yield found


def _poisson(chance: random.Random, mean: float) -> int:
    """By the normal distribution where it is hardly another, else by counting (Knuth)."""
    if mean > 50:
        return max(1, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, found = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        found += 1
    return found
