"""Machines as equals: pooled into shards of one size, and thinned to one number of requests.

Ranks need that each shard could stand at any place if nothing were wrong. A shard of more
machines varies less, and so does one of more requests; hence as many machines in each, and as
many requests, drawn from what the busier ones had. Machines are what is grouped, neither visitors
nor processes: what makes numbers vary from one minute to the next lies in machines, and the
processes of one share it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential import draws

MOST_REQUESTS = 20_000
"""To which a shard is thinned at most: more costs time, and tells hardly more."""

LEAST_SHARE = 0.1
"""A shard of stable with fewer than this share of the largest one's requests is left out: what just
began or is going away would thin all the others."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was measured of a machine, or of several together: latency as log bucket → requests,
    as `zdt_core.metering.histogram` has it, and ``counters`` by name."""

    requests: int = 0
    errors: int = 0
    latency: Mapping[int, int] = field(default_factory=dict)
    counters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shards:
    """Equals: the smaller side as ``one``, the larger one as ``many``. ``canary_is_one`` says which
    is which. ``requests`` each has, after thinning."""

    one: Counts
    many: tuple[Counts, ...]
    canary_is_one: bool
    requests: int


def pooled(parts: Iterable[Counts]) -> Counts:
    """All of them as one."""
    found = list(parts)
    if len(found) == 1:
        return found[0]
    counters: dict[str, float] = {}
    for each in found:
        for name, amount in each.counters.items():
            counters[name] = counters.get(name, 0) + amount
    return Counts(
        sum(each.requests for each in found),
        sum(each.errors for each in found),
        histogram.merge(*(each.latency for each in found)),
        counters,
    )


def divide(
    canary: Mapping[str, Counts], stable: Mapping[str, Counts], seed: Sequence[object]
) -> Shards | None:
    """The shards of one block, by machines' names; None where a side had no request.

    The smaller side's machines are one shard, and the others' groups of as many are its equals;
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
    chance = draws.generator(*seed, "thinning")
    shards = [_thinned(shard, keep, chance) for shard in (one, *groups)]
    return Shards(shards[0], tuple(shards[1:]), canary_is_one, keep)


def undivided(
    canary: Mapping[str, Counts], stable: Mapping[str, Counts], seed: Sequence[object]
) -> Shards | None:
    """Each side as a single shard, without its latency."""

    def whole(machines: Mapping[str, Counts]) -> dict[str, Counts]:
        found = pooled(machines.values())
        return {"all": Counts(found.requests, found.errors, {}, found.counters)}

    return divide(whole(canary), whole(stable), (*seed, "undivided"))


def _heard(side: Mapping[str, Counts]) -> dict[str, Counts]:
    return {name: counts for name, counts in side.items() if counts.requests > 0}


def _groups(machines: Mapping[str, Counts], size: int) -> list[Counts]:
    """Groups of ``size``, in an order that machines keep for as long as they live."""
    names = sorted(machines, key=_place)
    whole = len(names) // size * size
    return [
        pooled(machines[name] for name in names[at : at + size]) for at in range(0, whole, size)
    ]


@lru_cache(maxsize=4096)
def _place(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _thinned(shard: Counts, keep: int, chance: Random) -> Counts:
    total = shard.requests
    if keep == total:
        return shard
    return Counts(
        keep,
        draws.kept(chance, shard.errors, total, keep),
        draws.thinned(chance, shard.latency, keep),
        {
            name: _share(chance, shard.counters[name], total, keep)
            for name in sorted(shard.counters)
        },
    )


def _share(chance: Random, amount: float, total: int, keep: int) -> float:
    """What is left of a counter: drawn where requests count once or not at all, else in
    proportion."""
    if amount <= total and float(amount).is_integer():
        return draws.kept(chance, int(amount), total, keep)
    return amount * keep / total
