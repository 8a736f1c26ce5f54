"""Is the new release broken? Evidence from single requests, which takes seconds; no I/O.

Ranks of minutes take minutes. A build that fails at once can be told sooner, as long as it is told
from noise, which makes single requests anything but independent: hence a release is broken only if
it fails *more than three times as often as stable*, by odds, and *more than a given share of the
time*. Against each of the two stands an e-process:

- Of the errors of both in a window, those of the canary are binomial, with a probability of
  ``3 n / (3 n + m)`` where the odds are three times stable's, n and m being the requests of canary
  and stable.
- The canary's errors are binomial with the given share.

Both bet on several larger probabilities at once, by the likelihood ratio, and the mean of the bets
is an e-process (`zdt_deploy.canary.sequential.ranks` says why it may be looked at any time). The
breaker opens where both have reached ``1/α``. So that a good hour does not outweigh a bad minute,
they begin anew in each minute k = 0, 1, 2…, which has the share ``1 / ((k + 1) (k + 2))`` of α =
0.1 %; all minutes together open it on a release that works with at most that probability.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

from zdt_deploy.canary.sequential.ranks import log_mean

TIMES_STABLE = 3.0
ODDS = (6.0, 12.0, 30.0, 100.0, 1000.0)
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
    against_stable, by_itself = [0.0] * len(ODDS), [0.0] * len(BEYOND)
    shares = [share + (1 - share) * beyond for beyond in BEYOND]
    for canary, stable in windows:
        if canary.requests and stable.requests:
            per = canary.requests / stable.requests
            bets = [_part(odds * per) for odds in ODDS]
            _pay(against_stable, canary.errors, stable.errors, _part(TIMES_STABLE * per), bets)
            _pay(by_itself, canary.errors, canary.requests - canary.errors, share, shares)
    return min(log_mean(against_stable), log_mean(by_itself))


def _pay(logs: list[float], hits: int, misses: int, usual: float, bets: Sequence[float]) -> None:
    for number, bet in enumerate(bets):
        logs[number] += hits * math.log(bet / usual)
        logs[number] += misses * math.log((1 - bet) / (1 - usual))


def _part(odds: float) -> float:
    return odds / (1 + odds)
