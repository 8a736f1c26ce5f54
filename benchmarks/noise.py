"""A made-up site whose errors are noisy in the ways that real ones are, minute by minute.

| model | noise |
|---|---|
| iid | none but chance |
| burst | in 5 % of the minutes everybody has ten times the errors |
| host | burst, and each instance varies by itself (gamma, coefficient of variation 0.3) |
| hostburst | burst, and in 2 % of its minutes an instance has ten times the errors |
| user | burst, and errors come in clusters, five on average |
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from zdt_deploy.canary.sequential import draws
from zdt_deploy.canary.sequential.shards import Counts

MODELS = ("iid", "burst", "host", "hostburst", "user")
INSTANCES = 10
VARIATION = 0.3
CLUSTER = 5.0


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


def _poisson(chance: random.Random, mean: float) -> int:
    """By the normal distribution where it is hardly another, else by counting (Knuth)."""
    if mean > 50:
        return max(1, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, found = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        found += 1
    return found
