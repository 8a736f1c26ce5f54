"""Is the canary worse than stable, and is it surely not? Evidence that may be looked at any time.

Two e-processes for errors and two for latency are carried from block to block (see `ranks`):

- *worse* bets on the canary standing above stable once stable is made worse by the tolerance. At
  ``1 / (α/2)`` the canary is rolled back, as two metrics share α; a release that is within the
  tolerance gets there with a probability of at most α in the whole deployment, however often one
  looks.
- *fine* bets on the canary standing below stable made worse by the margin. At ``1/β`` for both
  metrics it may be promoted; a release that is worse by the margin gets there with a probability of
  at most β.

Until one of them is reached there is no verdict, and nothing is promoted. Latency is three
measures: the median, the share slower than stable's p95 of the time before, and p99. Their mean is
the evidence that the canary is worse; that it is fine takes each of them.

Assumptions: within a block, and up to the tolerance, the shards of an unchanged release could stand
in any order, and one block tells nothing of the next. See `before` for what is done for instances
that differ for good, and for noise that lasts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from zdt_deploy.canary.sequential import measures
from zdt_deploy.canary.sequential.before import PERCENTILES, Before
from zdt_deploy.canary.sequential.measures import Measure
from zdt_deploy.canary.sequential.ranks import Place, Wealth, evidence
from zdt_deploy.canary.sequential.shards import Shards
from zdt_deploy.canary.sequential.terms import Terms

_SIDES = ("worse", "fine")


@dataclass(frozen=True, slots=True)
class Bets:
    """The wealth of one metric, for each of its measures."""

    worse: tuple[Wealth, ...]
    fine: tuple[Wealth, ...]

    @classmethod
    def on(cls, measures: int) -> Bets:
        return cls((Wealth(),) * measures, (Wealth(),) * measures)

    @classmethod
    def from_json(cls, value: Any) -> Bets:
        return cls(*(tuple(Wealth(tuple(logs)) for logs in value[side]) for side in _SIDES))

    def to_json(self) -> dict[str, Any]:
        return {side: [list(wealth.logs) for wealth in getattr(self, side)] for side in _SIDES}

    def after(self, shards: Shards, compared: Sequence[Measure]) -> Bets:
        return Bets(
            tuple(
                wealth.after(_worse(shards, measure))
                for wealth, measure in zip(self.worse, compared, strict=True)
            ),
            tuple(
                wealth.after(_fine(shards, measure))
                for wealth, measure in zip(self.fine, compared, strict=True)
            ),
        )


@dataclass(frozen=True, slots=True)
class State:
    """What is carried from block to block."""

    errors: Bets = field(default_factory=lambda: Bets.on(1))
    latency: Bets = field(default_factory=lambda: Bets.on(len(PERCENTILES)))
    blocks: int = 0

    @classmethod
    def from_json(cls, value: Any) -> State:
        errors, latency = Bets.from_json(value["errors"]), Bets.from_json(value["latency"])
        return cls(errors, latency, value["blocks"])

    def to_json(self) -> dict[str, Any]:
        """JSON that `from_json` reads back to an equal state."""
        return {
            "errors": self.errors.to_json(),
            "latency": self.latency.to_json(),
            "blocks": self.blocks,
        }


@dataclass(frozen=True, slots=True)
class Opinion:
    """Evidence as natural logarithms, by metric, and how much of it is needed."""

    worse: dict[str, float]
    fine: dict[str, float]
    worse_needed: float
    fine_needed: float

    @property
    def is_worse(self) -> bool:
        return max(self.worse.values()) >= self.worse_needed

    @property
    def is_fine(self) -> bool:
        return not self.is_worse and min(self.fine.values()) >= self.fine_needed


def after(
    state: State,
    shards: Shards,
    before: Before,
    terms: Terms,
    slow_ms: float,
    seed: Sequence[object],
) -> State:
    """The state once a block is weighed.

    ``slow_ms`` is stable's p95 of the blocks before, and must not be made from this one. ``seed``
    (deployment and block) makes the draws come out the same each time.
    """
    return State(
        state.errors.after(shards, [measures.of_errors(before, terms, seed)]),
        state.latency.after(shards, measures.of_latency(before, terms, slow_ms)),
        state.blocks + 1,
    )


def weigh(state: State, terms: Terms) -> Opinion:
    """What the evidence so far amounts to."""
    bets = {"errors": state.errors, "latency": state.latency}
    if terms.latency_margin_relative is None:
        del bets["latency"]
    return Opinion(
        {metric: evidence(each.worse) for metric, each in bets.items()},
        {metric: min(evidence([one]) for one in each.fine) for metric, each in bets.items()},
        math.log(len(bets) / terms.false_rollback),
        math.log(1 / terms.false_promotion),
    )


def _worse(shards: Shards, measure: Measure) -> Place:
    """The canary's place, the worst last, once stable is worse by the tolerance."""
    return _place(shards, measure, measure.tolerated)


def _fine(shards: Shards, measure: Measure) -> Place:
    """The canary's place, the best last, once stable is worse by the margin."""
    return _place(shards, measure, measure.unbearable).reversed()


def _place(shards: Shards, measure: Measure, stable: measures.Worsened) -> Place:
    """The place, the worst last, of the side that is one shard; from stable's it is the canary's
    that is told, which is as high as stable is low."""
    if shards.canary_is_one:
        others = [stable(shard, number) for number, shard in enumerate(shards.many, 1)]
        return Place.of(measure.plain(shards.one), others)
    canaries = [measure.plain(shard) for shard in shards.many]
    return Place.of(stable(shards.one, 0), canaries).reversed()
