"""Is the canary worse than stable, and is it surely not? Evidence that may be looked at any time.

Two e-processes for each metric are carried from block to block (see `ranks`):

- *worse* bets on the canary standing above stable once stable is made worse by the tolerance. At
  ``1 / (α·w)`` the canary is rolled back, as the metrics share α by their weights w; a release that
  is within the tolerance gets there in any of them with a probability of at most α in the whole
  deployment, however often one looks.
- *fine* bets on the canary standing below stable made worse by the margin. At ``1/β`` for each
  metric it may be promoted; a release that is worse by the margin in any of them gets there with a
  probability of at most β.

Until one of them is reached there is no verdict, and nothing is promoted. Latency is three
measures: the geometric mean, the share slower than stable's p95 of the time before, and p99. That
the canary is worse is bet on with each of them and with all together; that it is fine takes each.

Assumptions: within a block, and up to the tolerance, the shards of an unchanged release could stand
in any order, and one block tells nothing of the next. See `before` for what is done for machines
that differ for good, and for noise that lasts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from zdt_deploy.canary.sequential import draws, measures
from zdt_deploy.canary.sequential.before import Before
from zdt_deploy.canary.sequential.measures import Measure
from zdt_deploy.canary.sequential.ranks import Place, Wealth, evidence
from zdt_deploy.canary.sequential.shards import Shards
from zdt_deploy.canary.sequential.terms import Terms, counter_key

_SIDES = ("worse", "fine")


@dataclass(frozen=True, slots=True)
class Bets:
    """The wealth of one metric: for each of its measures, and the last of ``worse`` for all of them
    together where there are several."""

    worse: tuple[Wealth, ...]
    fine: tuple[Wealth, ...]

    @classmethod
    def on(cls, count: int) -> Bets:
        return cls((Wealth(),) * (count + (count > 1)), (Wealth(),) * count)

    @classmethod
    def from_json(cls, value: Any) -> Bets:
        return cls(*(tuple(Wealth(tuple(logs)) for logs in value[side]) for side in _SIDES))

    def to_json(self) -> dict[str, Any]:
        return {side: [list(wealth.logs) for wealth in getattr(self, side)] for side in _SIDES}

    def after(self, places: Sequence[tuple[Place, Place]]) -> Bets:
        """Once a block is paid, where the canary has these places of being worse and fine."""
        worse, fine = [[place] for place, _ in places], [[place] for _, place in places]
        if len(worse) > 1:
            worse.append([place for place, _ in places])
        return Bets(_paid(self.worse, worse), _paid(self.fine, fine))


def _paid(wealths: tuple[Wealth, ...], places: list[list[Place]]) -> tuple[Wealth, ...]:
    return tuple(wealth.after(each) for wealth, each in zip(wealths, places, strict=True))


@dataclass(frozen=True, slots=True)
class State:
    """What is carried from block to block: the bets by metric."""

    bets: Mapping[str, Bets] = field(default_factory=dict)
    blocks: int = 0

    @classmethod
    def from_json(cls, value: Any) -> State:
        bets = {metric: Bets.from_json(each) for metric, each in value["bets"].items()}
        return cls(bets, value["blocks"])

    def to_json(self) -> dict[str, Any]:
        """JSON that `from_json` reads back to an equal state."""
        bets = {metric: each.to_json() for metric, each in self.bets.items()}
        return {"bets": bets, "blocks": self.blocks}


@dataclass(frozen=True, slots=True)
class Opinion:
    """Evidence as natural logarithms, by metric, and how much of it is needed."""

    worse: dict[str, float]
    fine: dict[str, float]
    worse_needed: dict[str, float]
    fine_needed: float

    @property
    def is_worse(self) -> bool:
        return any(self.worse[metric] >= needed for metric, needed in self.worse_needed.items())

    @property
    def is_fine(self) -> bool:
        return not self.is_worse and min(self.fine.values()) >= self.fine_needed


def after(
    state: State,
    shards: Shards,
    before: Before,
    terms: Terms,
    seed: Sequence[object],
    undivided: Shards | None = None,
) -> State:
    """The state once a block is weighed. ``seed`` (deployment and block) makes the draws come out
    the same each time. Counters that are known of all machines together only are compared by
    ``undivided`` shards, one of each side."""
    bets = {}
    whole = {counter_key(name) for name in before.undivided}
    for metric, compared in measures.of_all(before, terms).items():
        equals = (undivided or shards) if metric in whole else shards
        chance = draws.generator(*seed, metric)
        so_far = state.bets.get(metric) or Bets.on(len(compared))
        bets[metric] = so_far.after([_places(equals, measure, chance) for measure in compared])
    return State(bets, state.blocks + 1)


def weigh(state: State, terms: Terms) -> Opinion:
    """What the evidence so far amounts to."""
    bets = {metric: state.bets.get(metric) or Bets.on(1) for metric in terms.shares}
    return Opinion(
        {metric: evidence(each.worse) for metric, each in bets.items()},
        {metric: min(evidence([one]) for one in each.fine) for metric, each in bets.items()},
        {metric: -math.log(terms.false_rollback * w) for metric, w in terms.shares.items()},
        math.log(1 / terms.false_promotion),
    )


def _places(shards: Shards, measure: Measure, chance: Random) -> tuple[Place, Place]:
    """The canary's places: the worst last, once stable is worse by the tolerance, and the best
    last, once it is worse by the margin.

    Where the canary is the many, it is stable's place that is found; the canary is as high as
    stable is low.
    """
    one, many = measure.plain(shards.one), [measure.plain(shard) for shard in shards.many]
    found = []
    for worse in (measure.tolerated, measure.unbearable):
        if shards.canary_is_one:
            pairs = zip(shards.many, many, strict=True)
            others = [worse(shard, value, chance) for shard, value in pairs]
            found.append(Place.of(one, others))
        else:
            found.append(Place.of(worse(shards.one, one, chance), many).reversed())
    return found[0], found[1].reversed()
