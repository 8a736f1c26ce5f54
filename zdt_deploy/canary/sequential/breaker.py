"""Is the new release broken? Evidence from single requests, which takes seconds; no I/O.

Ranks of minutes take minutes. A build that fails at once can be told sooner, as long as it is told
from noise: for a minute a machine may well fail ten times as often as the others. Hence a release
is broken only if its share of errors is *more than ten times stable's*, and *more than a given
one*. Against each of the two stands an e-process:

- Of the errors of both in a window, those of the canary would be binomial with a probability of
  ``10 n / (10 n + m)``, n and m being the requests of canary and stable. The bets win on a larger
  part of them. Where the canary's share is at most ten times stable's, they pay at most 1 on
  average, and not only where errors are rare: for shares p and q, a bet that pays a for each error
  of the canary and b for each of stable's pays at most ``exp(n p (a - 1) + m q (b - 1))``, whose
  exponent is 0 where p is 10 q.
- The canary's errors are binomial with the given share.

Both bet on several larger values at once, by the likelihood ratio, and the mean of the bets is an
e-process (`zdt_deploy.canary.sequential.ranks` says why it may be looked at any time). The breaker
opens where both have reached ``1/α``. So that a good hour does not outweigh a bad minute, they
begin anew in each minute k = 0, 1, 2…, which has the share ``1 / ((k + 1) (k + 2))`` of α = 0.1 %;
all minutes together open it on a release that works with at most that probability.

Assumptions: within a minute requests fail independently of each other. Where stable itself fails
one request in ten, the breaker never opens.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

from zdt_deploy.canary.sequential.ranks import log_mean

TIMES_STABLE = 10.0
TIMES = (20.0, 50.0, 200.0, 1000.0)
"""The larger ones that are bet on."""
BEYOND = (0.2, 0.4, 0.7, 0.95)
"""Of what is left above the given share: the larger ones that are bet on."""
FALSE_ALARM = 0.001


class Counted(Protocol):
    @property
    def requests(self) -> int: ...
    @property
    def errors(self) -> int: ...


def needed(minute: int) -> float:
    """How much evidence opens the breaker in a ``minute``, as a natural logarithm."""
    return math.log((minute + 1) * (minute + 2) / FALSE_ALARM)


def evidence(windows: Iterable[tuple[Counted, Counted]], share: float) -> float:
    """The natural logarithm of the weaker evidence of the two, from the windows of a minute, canary
    first. ``share`` of errors, between 0 and 1, is what a working release stays below."""
    against_stable, by_itself = [0.0] * len(TIMES), [0.0] * len(BEYOND)
    shares = [share + (1 - share) * beyond for beyond in BEYOND]
    for canary, stable in windows:
        if canary.requests and stable.requests:
            per = canary.requests / stable.requests
            bets = [_part(times * per) for times in TIMES]
            _pay(against_stable, canary.errors, stable.errors, _part(TIMES_STABLE * per), bets)
            _pay(by_itself, canary.errors, canary.requests - canary.errors, share, shares)
    return min(log_mean(against_stable), log_mean(by_itself))


def _pay(logs: list[float], hits: int, misses: int, usual: float, bets: Sequence[float]) -> None:
    for number, bet in enumerate(bets):
        logs[number] += hits * math.log(bet / usual)
        logs[number] += misses * math.log((1 - bet) / (1 - usual))


def _part(odds: float) -> float:
    return odds / (1 + odds)
