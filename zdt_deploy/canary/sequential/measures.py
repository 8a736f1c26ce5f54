"""What is compared of two shards, as they are and as if they were worse.

A shard is made worse on what was counted: for errors, each good request fails with a probability;
for latency, each request takes longer; for a counter, some more is counted or some of it is not. So
the ranks stay exact, whatever the distribution.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential import draws
from zdt_deploy.canary.sequential.before import Before, Level, mean_bucket
from zdt_deploy.canary.sequential.shards import Counts
from zdt_deploy.canary.sequential.terms import Counter, Terms, counter_key

Value = Callable[[Counts], float]
Worsened = Callable[[Counts, float, Random], float]
"""By the shard, its plain value, and the chance that is drawn from."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a shard, larger is worse: as it is, and worse by tolerance and margin."""

    plain: Value
    tolerated: Worsened
    unbearable: Worsened


def of_all(before: Before, terms: Terms) -> dict[str, list[Measure]]:
    """What is compared for each metric."""
    found = {"errors": [_of_errors(before, terms)]}
    if terms.latency_margin_relative is not None:
        found["latency"] = _of_latency(before, terms)
    for counter in terms.counters:
        level = before.counters.get(counter.name, Level(0.0, 0.0))
        found[counter_key(counter.name)] = [_of_counter(counter, level, terms)]
    return found


def _of_errors(before: Before, terms: Terms) -> Measure:
    """The number of errors; shards have as many requests as each other."""

    def worse_by(share: float) -> Worsened:
        return lambda counts, errors, chance: (
            errors + draws.successes(chance, counts.requests - counts.errors, share)
        )

    return Measure(
        lambda counts: counts.errors,
        worse_by(terms.tolerated_errors(before)),
        worse_by(terms.unbearable_errors(before)),
    )


def _of_latency(before: Before, terms: Terms) -> list[Measure]:
    """The geometric mean, the number of requests that took longer than stable's p95 of the time
    before, and p99."""
    usual = before.latency
    typical, p95, p99 = (
        (terms.tolerated_slowness(before, level), terms.unbearable_slowness(before, level))
        for level in (usual.typical, usual.p95, usual.p99)
    )
    return [_typical(*typical), _slow(usual.p95.usual, *p95), _p99(*p99)]


def _typical(tolerated: float, unbearable: float) -> Measure:
    """In buckets, which are logarithms: what takes longer by a factor is higher by a summand."""

    def worse_by(share: float) -> Worsened:
        more = math.log1p(share) / math.log(histogram.GAMMA)
        return lambda counts, value, chance: value + more

    return Measure(mean_bucket, worse_by(tolerated), worse_by(unbearable))


def _slow(milliseconds: float, tolerated: float, unbearable: float) -> Measure:
    def slower_than(milliseconds: float) -> Value:
        limit = histogram.bucket(milliseconds)
        return lambda counts: sum(n for bucket, n in counts.latency.items() if bucket > limit)

    def worse_by(share: float) -> Worsened:
        slower = slower_than(milliseconds / (1 + share))
        return lambda counts, value, chance: slower(counts)

    return Measure(slower_than(milliseconds), worse_by(tolerated), worse_by(unbearable))


def _p99(tolerated: float, unbearable: float) -> Measure:
    return Measure(
        lambda counts: histogram.percentile(counts.latency, 0.99) or 0.0,
        lambda counts, value, chance: value * (1 + tolerated),
        lambda counts, value, chance: value * (1 + unbearable),
    )


def _of_counter(counter: Counter, level: Level, terms: Terms) -> Measure:
    """What was counted, negative where less of it is worse."""

    def plain(counts: Counts) -> float:
        amount = float(counts.counters.get(counter.name, 0))
        return amount if counter.worse == "higher" else -amount

    def more(share: float) -> Worsened:
        def worse(counts: Counts, amount: float, chance: Random) -> float:
            if amount.is_integer():
                return amount + draws.successes(chance, counts.requests, share)
            return amount + share * counts.requests

        return worse

    def less(share: float) -> Worsened:
        part = min(1.0, share / level.usual) if level.usual else 0.0

        def worse(counts: Counts, negative: float, chance: Random) -> float:
            if negative.is_integer():
                return negative + draws.successes(chance, int(-negative), part)
            return negative * (1 - part)

        return worse

    worse_by = more if counter.worse == "higher" else less
    return Measure(
        plain,
        worse_by(terms.tolerated_of(counter, level)),
        worse_by(terms.unbearable_of(counter, level)),
    )
