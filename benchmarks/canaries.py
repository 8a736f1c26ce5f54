"""One made-up deployment, minute by minute, before everything that may send it back or let it on.

It is the product's code that decides: the sequential judge, the breaker, and the limits that a plan
has beside them, as hard ones. What warms up is left out: nothing is cold here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from random import Random

from benchmarks import peers
from benchmarks.noise import SAME, Release, Site, minutes
from zdt_deploy.canary.judge import Outcome
from zdt_deploy.canary.judge import judge as by_limits
from zdt_deploy.canary.lasting import SPANS
from zdt_deploy.canary.limits import Limits
from zdt_deploy.canary.samples import Seen, Window
from zdt_deploy.canary.sequential import before, breaker, draws, judge, shards
from zdt_deploy.canary.sequential.before import Before
from zdt_deploy.canary.sequential.shards import Counts
from zdt_deploy.canary.sequential.terms import Terms

PRE_PERIOD, LOOKS = 30, 60
NEVER = peers.NEVER
TERMS = Terms()
LIMITS = Limits(spans=SPANS)
BROKEN_SHARE = 0.2
MARGIN = Release(errors=math.inf)
"""Stands for the one that is worse by the margin, which depends on what was usual."""

WINDOWS = 6
"""Of ten seconds, in a minute: after each the breaker looks."""

REACH = 15
"""Minutes in which every site here has three times the sample that the limits ask for."""


@dataclass(slots=True)
class Run:
    """The minute at which each sent the release back, and at which the judge would have let it on;
    `NEVER` where that was none. The run ends with the judge's rollback, but for the ``others``:
    tools, and the judge *thresholds*, which a plan may have in place of this one."""

    evidence: float = NEVER
    breaker: float = NEVER
    limits: float = NEVER
    promoted: float = NEVER
    others: dict[str, float] = field(default_factory=dict)

    @property
    def rolled_back(self) -> float:
        return min(self.evidence, self.breaker, self.limits)


def play(site: Site, release: Release, seed: str) -> Run:
    """A deployment, judged by errors, and by latency where the site has it."""
    past = minutes(site, SAME, PRE_PERIOD, seed, "before")
    usual = before.learn([_named(each[1:]) for each in past])
    if usual is None:
        raise RuntimeError("Thirty minutes with requests are enough to learn from.")
    if release == MARGIN:
        relative = TERMS.error_margin_relative * usual.errors.usual
        release = Release(errors=max(TERMS.error_margin, relative))
    coming = minutes(site, release, LOOKS, seed, "now")
    if site.machines:
        return _watched(usual, coming, TERMS, LIMITS, seed)
    now = list(coming)
    limits = replace(LIMITS, max_p95_delta_ms=None)
    run = _watched(usual, now, _by_errors_alone(TERMS), limits, seed)
    run.others = {"thresholds": _by_thresholds(now, replace(limits, spans=1)), **peers.decided(now)}
    return run


def _watched(
    usual: Before, now: Iterable[list[Counts]], terms: Terms, limits: Limits, seed: str
) -> Run:
    """Stable's machines are all but the first."""
    run, state, coming = Run(), judge.State(), iter(now)
    lasting = _Limits(limits)
    chance = draws.generator(seed, "windows")
    for end in range(usual.block, LOOKS + 1, usual.block):
        block = list(islice(coming, usual.block))
        for minute, machines in enumerate(block, end - usual.block):
            canary, stable = machines[0], shards.pooled(machines[1:])
            if run.breaker == NEVER and _is_broken(canary, stable, minute, chance):
                run.breaker = minute + 1
            if lasting.exceeded(canary, stable):
                run.limits = min(run.limits, minute + 1)
        ours, *theirs = [shards.pooled(each) for each in zip(*block, strict=True)]
        equals = shards.divide(_named([ours]), _named(theirs), (seed, end))
        if equals is None:
            continue
        state = judge.after(state, equals, usual, terms, (seed, end))
        opinion = judge.weigh(state, terms)
        if opinion.is_worse:
            run.evidence = end
            return run
        if opinion.is_fine:
            run.promoted = min(run.promoted, end)
    return run


def _by_thresholds(now: Sequence[list[Counts]], limits: Limits) -> float:
    alone = _Limits(limits)
    exceeded = (alone.exceeded(each[0], shards.pooled(each[1:])) for each in now)
    return next((minute for minute, told in enumerate(exceeded, 1) if told), NEVER)


class _Limits:
    """The product's limits over the newest minutes, one after the other."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.minute = limits, 0
        self.ours: list[Window] = []
        self.theirs: list[Window] = []

    def exceeded(self, canary: Counts, stable: Counts) -> bool:
        start = 60 * self.minute
        self.minute += 1
        self.ours = [*self.ours, _window(start, canary)][-REACH:]
        self.theirs = [*self.theirs, _window(start, stable)][-REACH:]
        if self.limits.max_p95_delta_ms is None and not self._can_be_exceeded():
            return False
        seen = Seen(tuple(self.ours), tuple(self.theirs), Decimal(10), 0, 60 * self.minute, 60)
        return by_limits(seen, self.limits).outcome is Outcome.BREACH

    def _can_be_exceeded(self) -> bool:
        """Where no minute has so many errors, no sum of them has."""
        limit = self.limits.max_error_delta
        return any(window.errors > limit * window.requests for window in self.ours)


def _window(start: int, counts: Counts) -> Window:
    latency = counts.latency or {0: counts.requests}
    return Window(start, counts.requests, counts.errors, latency)


def _is_broken(canary: Counts, stable: Counts, minute: int, chance: Random) -> bool:
    """Whether the breaker opens in one of the minute's windows, over which its requests are spread
    by chance."""
    needed = breaker.needed(minute)
    if canary.errors * math.log(1 / BROKEN_SHARE) < needed:
        return False  # were they all in a row, it would not be enough
    ours = list(_spread(canary, chance))
    if all(each.errors <= BROKEN_SHARE * each.requests for each in ours):
        return False
    pairs = list(zip(ours, _spread(stable, chance), strict=True))
    looks = (pairs[:count] for count in range(1, WINDOWS + 1))
    return any(breaker.evidence(found, BROKEN_SHARE) >= needed for found in looks)


def _spread(counts: Counts, chance: Random) -> Iterator[Counts]:
    requests, errors = counts.requests, counts.errors
    for left in range(WINDOWS, 0, -1):
        here = requests // left
        failed = draws.kept(chance, errors, requests, here)
        requests, errors = requests - here, errors - failed
        yield Counts(here, failed)


def _by_errors_alone(terms: Terms) -> Terms:
    """With the share of mistakes that errors have beside latency."""
    return replace(
        terms,
        latency_margin_relative=None,
        false_rollback=terms.false_rollback * terms.shares["errors"],
    )


def _named(machines: Sequence[Counts]) -> dict[str, Counts]:
    return {str(number): counts for number, counts in enumerate(machines)}
