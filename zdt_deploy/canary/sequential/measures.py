"""What is compared of two shards, as they are and as if they were worse.

A shard is made worse on what was counted: for errors, each good request fails with a probability;
for latency, each request takes longer. So the ranks stay exact, whatever the distribution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential import draws
from zdt_deploy.canary.sequential.before import PERCENTILES, Before, Level
from zdt_deploy.canary.sequential.shards import Counts
from zdt_deploy.canary.sequential.terms import Terms

Value = Callable[[Counts], float]
Worsened = Callable[[Counts, int], float]
"""By the shard and its number, which its draws depend on."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a shard, larger is worse: as it is, and worse by tolerance and margin."""

    plain: Value
    tolerated: Worsened
    unbearable: Worsened


def of_errors(before: Before, terms: Terms, seed: Sequence[object]) -> Measure:
    """The number of errors; shards have as many requests as each other."""

    def worse_by(share: float, what: str) -> Worsened:
        def errors(counts: Counts, number: int) -> float:
            chance = draws.generator(*seed, what, number)
            return counts.errors + draws.successes(chance, counts.requests - counts.errors, share)

        return errors

    return Measure(
        lambda counts: counts.errors,
        worse_by(terms.tolerated_errors(before), "tolerance"),
        worse_by(terms.unbearable_errors(before), "margin"),
    )


def of_latency(before: Before, terms: Terms, slow_ms: float) -> list[Measure]:
    """The median, the number of requests that took longer than ``slow_ms``, and p99."""
    median, p95, p99 = before.latency
    return [
        _percentile(PERCENTILES[0], *_slowness(before, terms, median)),
        _slow(slow_ms, *_slowness(before, terms, p95)),
        _percentile(PERCENTILES[2], *_slowness(before, terms, p99)),
    ]


def _slowness(before: Before, terms: Terms, level: Level) -> tuple[float, float]:
    return terms.tolerated_slowness(before, level), terms.unbearable_slowness(before, level)


def _percentile(share: float, tolerated: float, unbearable: float) -> Measure:
    def value(counts: Counts) -> float:
        return histogram.percentile(counts.latency, share) or 0.0

    return Measure(
        value,
        lambda counts, number: value(counts) * (1 + tolerated),
        lambda counts, number: value(counts) * (1 + unbearable),
    )


def _slow(slow_ms: float, tolerated: float, unbearable: float) -> Measure:
    def slower_than(milliseconds: float) -> Value:
        limit = histogram.bucket(milliseconds)
        return lambda counts: sum(n for bucket, n in counts.latency.items() if bucket > limit)

    a_little, too_much = (
        slower_than(slow_ms / (1 + tolerated)),
        slower_than(slow_ms / (1 + unbearable)),
    )
    return Measure(
        slower_than(slow_ms),
        lambda counts, number: a_little(counts),
        lambda counts, number: too_much(counts),
    )
