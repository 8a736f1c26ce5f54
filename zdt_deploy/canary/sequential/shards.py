"""Instances as equals: pooled into shards of one size, and thinned to one number of requests.

Ranks need that each shard could stand at any place if nothing were wrong. A shard of more
instances varies less, and so does one of more requests; hence as many instances in each, and as
many requests, drawn from what the busier ones had. Instances are what is grouped, not visitors:
what makes numbers vary from one minute to the next lies in machines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential import draws

MOST_REQUESTS = 20_000
"""To which a shard is thinned at most: more costs time, and tells hardly more."""

LEAST_SHARE = 0.1
"""A shard of stable with fewer than this share of the largest one's requests is left out: what just
began or is going away would thin all the others."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was measured of an instance, or of several together: latency as log bucket → requests,
    as `zdt_core.metering.histogram` has it."""

    requests: int = 0
    errors: int = 0
    latency: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shards:
    """Equals: the smaller side as ``one``, the larger one as ``many``. ``canary_is_one`` says which
    is which. ``requests`` each has, after thinning."""

    one: Counts
    many: tuple[Counts, ...]
    canary_is_one: bool
    requests: int


def pooled(instances: Iterable[Counts]) -> Counts:
    """All of them as one."""
    found = list(instances)
    return Counts(
        sum(each.requests for each in found),
        sum(each.errors for each in found),
        histogram.merge(*(each.latency for each in found)),
    )


def divide(
    canary: Mapping[str, Counts], stable: Mapping[str, Counts], seed: Sequence[object]
) -> Shards | None:
    """The shards of one block, by instances' names; None where a side had no request.

    The smaller side's instances are one shard, and the others' groups of as many are its equals;
    what is left over belongs to none. ``seed`` (deployment and block) makes the draws come out the
    same each time.
    """
    ours, theirs = _heard(canary), _heard(stable)
    if not ours or not theirs:
        return None
    canary_is_one = len(ours) <= len(theirs)
    few, more = (ours, theirs) if canary_is_one else (theirs, ours)
    one = pooled(few.values())
    groups = _groups(more, len(few))
    largest = max(group.requests for group in groups)
    groups = [group for group in groups if group.requests >= LEAST_SHARE * largest]
    keep = min(one.requests, MOST_REQUESTS, *(group.requests for group in groups))
    shards = [_thinned(shard, keep, (*seed, number)) for number, shard in enumerate([one, *groups])]
    return Shards(shards[0], tuple(shards[1:]), canary_is_one, keep)


def _heard(side: Mapping[str, Counts]) -> dict[str, Counts]:
    return {name: counts for name, counts in side.items() if counts.requests > 0}


def _groups(instances: Mapping[str, Counts], size: int) -> list[Counts]:
    """Groups of ``size``, in an order that instances keep for as long as they live."""
    names = sorted(instances, key=lambda name: hashlib.sha256(name.encode()).digest())
    whole = len(names) // size * size
    return [
        pooled(instances[name] for name in names[at : at + size]) for at in range(0, whole, size)
    ]


def _thinned(shard: Counts, keep: int, seed: Sequence[object]) -> Counts:
    if keep == shard.requests:
        return shard
    errors = draws.kept(draws.generator(*seed, "errors"), shard.errors, shard.requests, keep)
    latency = draws.thinned(draws.generator(*seed, "latency"), shard.latency, keep)
    return Counts(keep, errors, latency)
