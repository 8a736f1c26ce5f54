"""What is tolerated, what would be too much, and how sure one has to be."""

from __future__ import annotations

from dataclasses import dataclass

from zdt_core.exceptions import Refused
from zdt_deploy.canary.sequential.before import Before, Level
from zdt_deploy.deployments.plans import ODDS

SPREADS = 3.0
"""How many standard deviations between stable's machines are tolerated."""

SPREADS_OFF_MARGIN = 1.25
"""So many are taken off the margin: a release that is worse by it may have got a better machine."""

TOLERATED_OF_MARGIN = 0.2
"""Of a counter's margin: as much of it is tolerated as of that of errors."""

COUNTERS_SHARE = 0.2
"""Of ``false_rollback``, which all counters have together; errors and latency halve the rest."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter per request: which direction is worse ("higher" or "lower"), and the ``margin``."""

    name: str
    worse: str
    margin: float


@dataclass(frozen=True, slots=True)
class Terms:
    """Shares are fractions: 0.01 is one per cent.

    A release that is no worse than stable by more than the *tolerance* is rolled back with a
    probability of at most ``false_rollback``; one that is worse by the *margin* or more is promoted
    with one of at most ``false_promotion``. Of tolerances and margins the larger one counts, the
    absolute or the one relative to what is usual; milliseconds are those at p95. Without a margin
    latency is not judged.
    """

    false_rollback: float = 0.01
    false_promotion: float = 0.05
    error_tolerance: float = 0.001
    error_tolerance_relative: float = 0.1
    error_margin: float = 0.005
    error_margin_relative: float = 0.5
    latency_tolerance_ms: float = 10.0
    latency_tolerance_relative: float = 0.05
    latency_margin_relative: float | None = 0.2
    counters: tuple[Counter, ...] = ()
    counter_margin_relative: float = 0.2

    def __post_init__(self) -> None:
        """Raises Refused: a row may hold odds that nobody may ask for any more."""
        for name in ODDS:
            if not 0 < getattr(self, name) < 1:
                raise Refused("odds_impossible", field=name, value=getattr(self, name))

    def tolerated_errors(self, before: Before) -> float:
        """The share of stable's good requests that are counted as errors, too."""
        relative = self.error_tolerance_relative * before.errors.usual
        return max(self.error_tolerance, relative, SPREADS * before.errors.spread)

    def unbearable_errors(self, before: Before) -> float:
        """The same for the margin, less what machines differ by."""
        margin = max(self.error_margin, self.error_margin_relative * before.errors.usual)
        return _less(margin, before.errors.spread)

    def tolerated_slowness(self, before: Before, level: Level) -> float:
        """By which share all of stable's requests are made to take longer, to judge ``level``."""
        absolute = _over(self.latency_tolerance_ms, before.latency.p95.usual)
        spread = _over(SPREADS * level.spread, level.usual)
        return max(self.latency_tolerance_relative, absolute, spread)

    def unbearable_slowness(self, before: Before, level: Level) -> float:
        """The same for the margin, which is at least twice the absolute tolerance."""
        absolute = _over(2 * self.latency_tolerance_ms, before.latency.p95.usual)
        margin = max(self.latency_margin_relative or 0.0, absolute)
        return _less(margin, _over(level.spread, level.usual))

    def tolerated_of(self, counter: Counter, level: Level) -> float:
        """By how much per request stable's counter is made worse."""
        tolerated = TOLERATED_OF_MARGIN * self._margin_of(counter, level)
        return max(tolerated, SPREADS * level.spread)

    def unbearable_of(self, counter: Counter, level: Level) -> float:
        """The same for the margin."""
        return _less(self._margin_of(counter, level), level.spread)

    def _margin_of(self, counter: Counter, level: Level) -> float:
        return max(counter.margin, self.counter_margin_relative * level.usual)

    def facts(self, before: Before) -> dict[str, dict[str, float]]:
        """What is usual, tolerated and too much, by metric: shares of requests, of the p95 in
        milliseconds, and amounts per request."""
        found = {
            "errors": _facts(
                before.errors.usual, self.tolerated_errors(before), self.unbearable_errors(before)
            )
        }
        if self.latency_margin_relative is not None:
            p95 = before.latency.p95
            found["latency"] = _facts(
                p95.usual,
                self.tolerated_slowness(before, p95),
                self.unbearable_slowness(before, p95),
            )
        for each in self.counters:
            level = before.counters.get(each.name, Level(0.0, 0.0))
            found[counter_key(each.name)] = _facts(
                level.usual, self.tolerated_of(each, level), self.unbearable_of(each, level)
            )
        return found

    @property
    def shares(self) -> dict[str, float]:
        """Of ``false_rollback``, by metric; a counter's is named for it after a colon."""
        main = ["errors"] if self.latency_margin_relative is None else ["errors", "latency"]
        named = [counter_key(each.name) for each in self.counters]
        left = 1 - COUNTERS_SHARE if named else 1.0
        return {
            **dict.fromkeys(main, left / len(main)),
            **dict.fromkeys(named, COUNTERS_SHARE / max(1, len(named))),
        }


def counter_key(name: str) -> str:
    """The name of a counter among the metrics."""
    return f"counter:{name}"


def _facts(usual: float, tolerated: float, margin: float) -> dict[str, float]:
    facts = {"usual": usual, "tolerated": tolerated, "margin": margin}
    return {name: round(value, 6) for name, value in facts.items()}


def _less(margin: float, spread: float) -> float:
    return max(0.0, margin - SPREADS_OFF_MARGIN * spread)


def _over(milliseconds: float, usual: float) -> float:
    return milliseconds / usual if usual else 0.0
