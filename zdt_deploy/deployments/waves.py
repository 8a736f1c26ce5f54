"""The waves of a plan: one region after the other, and at last everyone. No I/O.

A wave is the steps in a row that name the same region. The last step names none: it is everyone,
in the regions of the plan and in all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import Protocol

from zdt_core.exceptions import Refused
from zdt_deploy.deployments.states import Strategy

ALL, REGION = SCOPES = ("all", "region")
"""How far trouble in one region takes the release back."""


class Placed(Protocol):
    """What a step has."""

    @property
    def region(self) -> str: ...


def regions(steps: Iterable[Placed]) -> list[str]:
    """The regions that ``steps`` name, in their order."""
    return list(dict.fromkeys(step.region for step in steps if step.region))


def pairs(steps: Sequence[Placed]) -> list[tuple[int, int]]:
    """The numbers of two steps in a row that are of the same wave."""
    numbers = pairwise(range(len(steps)))
    return [pair for pair in numbers if steps[pair[0]].region == steps[pair[1]].region]


def check(strategy: Strategy, steps: Sequence[Placed], scope: str) -> None:
    """Raise Refused where regions and strategy, or the waves themselves, do not fit."""
    named = regions(steps)
    if strategy is not Strategy.REGIONAL:
        if named:
            raise Refused("plan_names_regions", strategy=strategy.value, region=named[0])
        if scope == REGION:
            raise Refused("scope_needs_regions", strategy=strategy.value)
        return
    if not named:
        raise Refused("plan_names_no_region")
    waves = [region for region, _steps in groupby(step.region for step in steps)]
    if waves[-1]:
        raise Refused("plan_ends_in_a_region", region=waves[-1])
    if "" in waves[:-1] or not steps[-2].region:
        raise Refused("plan_wave_without_region")
    for region in waves[:-1]:
        if waves.count(region) > 1:
            raise Refused("plan_region_twice", region=region)
