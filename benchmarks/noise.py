"""A made-up site that is noisy in the ways that real ones are, minute by minute.

Its errors:

| model | noise |
|---|---|
| iid | none but chance |
| burst | in 5 % of the minutes everybody has ten times the errors |
| host | burst, and each machine varies by itself (gamma, coefficient of variation 0.3) |
| hostburst | burst, and in 2 % of its minutes a machine has ten times the errors |
| user | burst, and errors come in clusters, five on average |
| lasting | burst, and each machine varies as in host, but slowly (lag-1 correlation 0.8) |

Its latency is lognormal, with a median of 60 ms and a p95 of 225 ms, times a factor of each
machine in each minute, and another that it has for good (`Machines`); in 5 % of the minutes
everybody takes half as long again.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential import draws
from zdt_deploy.canary.sequential.shards import Counts

MODELS = ("iid", "burst", "host", "hostburst", "user")
LASTING = "lasting"
MACHINES = 10
VARIATION = 0.3
MEMORY = 0.8
CLUSTER = 5.0
P95 = 225.0
BUCKETS = 1 / math.log(histogram.GAMMA)  # of latency, for a factor of e
MEDIAN = math.log(60) * BUCKETS
WIDTH = math.log(P95 / 60) / 1.6449 * BUCKETS
PARTS, TABLES = 16, 8
"""Latency is drawn by bytes from eight times 256 of its quantiles, placed by so many parts of a
bucket."""
_CENTER = 128


@dataclass(frozen=True, slots=True)
class Machines:
    """How much a machine's latency varies: from minute to ``minute``, and for ``good`` (standard
    deviations of the logarithm)."""

    minute: float
    good: float = 0.0


@dataclass(frozen=True, slots=True)
class Site:
    """``rate`` requests a second over all of its ten machines, of which ``base`` fail, with noise
    by ``model``; without ``machines`` nothing is known of latency."""

    model: str
    base: float
    rate: float
    machines: Machines | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """By how much it is worse than stable: in its share of errors, and in milliseconds at p95."""

    errors: float = 0.0
    slower_ms: float = 0.0


SAME = Release()


def minutes(site: Site, release: Release, count: int, seed: object, when: str) -> Minutes:
    """What each machine measured in each of ``count`` minutes, with ``release`` on the first one.
    Where the ``seed`` is the same, the machines are, at whatever time."""
    lasting = random.Random(f"{site}:{seed}")
    good = site.machines.good if site.machines else 0.0
    for_good = [lasting.gauss(0, good) * BUCKETS for _ in range(MACHINES)]
    chance = random.Random(f"{site}:{release}:{seed}:{when}")
    walks = [chance.gauss(0, 1) for _ in range(MACHINES)]
    for _ in range(count):
        burst = site.model != "iid" and chance.random() < 0.05
        slow = math.log(1.5) * BUCKETS if site.machines and chance.random() < 0.05 else 0.0
        found = []
        for number in range(MACHINES):
            here = release if number == 0 else SAME
            walks[number] = MEMORY * walks[number] + chance.gauss(0, 1) * math.sqrt(1 - MEMORY**2)
            requests = max(1, _poisson(chance, site.rate * 60 / MACHINES))
            errors = _errors(chance, site, requests, 10.0 if burst else 1.0, walks[number], here)
            place = MEDIAN + slow + for_good[number] + math.log1p(here.slower_ms / P95) * BUCKETS
            latency = _latency(chance, site.machines, requests, place) if site.machines else {}
            found.append(Counts(requests, min(requests, errors), latency))
        yield found


Minutes = Iterator[list[Counts]]


def _errors(
    chance: random.Random, site: Site, requests: int, common: float, walk: float, release: Release
) -> int:
    share = site.base * common
    if site.model == "host":
        share *= chance.gammavariate(1 / VARIATION**2, VARIATION**2)
    elif site.model == LASTING:
        share *= math.exp(VARIATION * walk - VARIATION**2 / 2)
    elif site.model == "hostburst" and chance.random() < 0.02:
        share *= 10
    share = min(share + release.errors, 0.95)
    if site.model == "user":
        return _clustered(chance, requests * share)
    mean = requests * share
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean * (1 - share)))))
    return draws.successes(chance, requests, share)


def _clustered(chance: random.Random, mean: float) -> int:
    """Errors whose numbers by user are geometric."""
    users = _poisson(chance, mean / CLUSTER)
    per = math.log1p(-1 / CLUSTER)
    return sum(1 + int(math.log1p(-chance.random()) / per) for _ in range(users))


def _latency(
    chance: random.Random, machines: Machines, requests: int, place: float
) -> dict[int, int]:
    """A histogram of lognormal durations whose median is at ``place``, in buckets."""
    whole, part = divmod(round((place + chance.gauss(0, machines.minute) * BUCKETS) * PARTS), PARTS)
    drawn = chance.randbytes(requests)
    tables = enumerate(_quantiles(part))
    found = Counter(b"".join(drawn[at::TABLES].translate(table) for at, table in tables))
    return {whole + bucket - _CENTER: count for bucket, count in found.items()}


@cache
def _quantiles(part: int) -> list[bytes]:
    """The buckets of quantiles around a median that lies a ``part`` of a bucket above the center;
    each table has every eighth of them."""
    normal = NormalDist(_CENTER + part / PARTS, WIDTH)
    return [
        bytes(math.ceil(normal.inv_cdf((n + (table + 0.5) / TABLES) / 256)) for n in range(256))
        for table in range(TABLES)
    ]


def _poisson(chance: random.Random, mean: float) -> int:
    """By the normal distribution where it is hardly another, else by counting (Knuth)."""
    if mean > 50:
        return round(chance.gauss(mean, math.sqrt(mean)))
    limit, product, found = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        found += 1
    return found
