"""What other tools would have decided on the same minutes, by the rules of their documentation.

| name | rule |
|---|---|
| flagger | in ten minutes fewer than 99 % of the requests succeeded (the example of Flagger's docs) |
| argo | in four times five minutes fewer than 95 % did (the example of Argo Rollouts' docs) |
| kayenta | every five minutes a Mann-Whitney interval of 98 % between the error rates of canary and a fresh machine of stable, above a quarter of the Hodges-Lehmann estimate (NetflixACAJudge; no scores) |
"""  # noqa: E501

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from zdt_deploy.canary.sequential.shards import Counts

NEVER = math.inf
EVERY = 5


@dataclass(frozen=True, slots=True)
class Track:
    """Requests and errors, minute by minute."""

    requests: list[int]
    errors: list[int]

    @classmethod
    def of(cls, minutes: Iterable[Sequence[Counts]]) -> Track:
        pairs = [
            (sum(each.requests for each in found), sum(each.errors for each in found))
            for found in minutes
        ]
        return cls(*map(list, zip(*pairs, strict=True)))

    @property
    def rates(self) -> list[float]:
        return [e / n for n, e in zip(self.requests, self.errors, strict=True)]

    def spans(self, length: int) -> list[tuple[int, float]]:
        """The minute at which each span of ``length`` ends, and its rate of errors."""
        ends = range(length, len(self.requests) + 1, length)
        return [
            (end, sum(self.errors[end - length : end]) / sum(self.requests[end - length : end]))
            for end in ends
        ]


def flagger(canary: Track, fresh: Track) -> float:
    return _nth(10, (minute for minute, rate in canary.spans(1) if rate > 0.01))


def argo(canary: Track, fresh: Track) -> float:
    return _nth(4, (minute for minute, rate in canary.spans(EVERY) if rate > 0.05))


def kayenta(canary: Track, fresh: Track) -> float:
    ours, theirs = canary.rates, fresh.rates
    for minute in range(EVERY, len(ours) + 1, EVERY):
        if _clearly_higher(ours[:minute], theirs[:minute]):
            return minute
    return NEVER


RULES: dict[str, Callable[[Track, Track], float]] = {
    "flagger": flagger,
    "argo": argo,
    "kayenta": kayenta,
}


def decided(minutes: Sequence[Sequence[Counts]]) -> dict[str, float]:
    """The minute of each rule's rollback. The first machine is the canary's, the second is as fresh
    as it."""
    canary, fresh = (Track.of(found[at : at + 1] for found in minutes) for at in (0, 1))
    return {name: rule(canary, fresh) for name, rule in RULES.items()}


def _clearly_higher(ours: list[float], theirs: list[float]) -> bool:
    differences = sorted([a - b for a in ours for b in theirs])
    count = len(differences)
    deviation = math.sqrt(count * (len(ours) + len(theirs) + 1) / 12)
    lowest = max(0, round(count / 2 - 2.326 * deviation) - 1)
    middle = (differences[(count - 1) // 2] + differences[count // 2]) / 2
    return differences[lowest] > 0.25 * abs(middle)


def _nth(number: int, minutes: Iterable[int]) -> float:
    return next(islice(minutes, number - 1, None), NEVER)
