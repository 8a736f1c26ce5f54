"""What is tolerated, what would be too much, and how sure one has to be."""

from __future__ import annotations

from dataclasses import dataclass

from zdt_deploy.canary.sequential.before import P95, Before, Level

SPREADS = 3.0
"""How many standard deviations between stable's instances are tolerated."""


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

    def tolerated_errors(self, before: Before) -> float:
        """The share of stable's good requests that are counted as errors, too."""
        relative = self.error_tolerance_relative * before.errors.usual
        return max(self.error_tolerance, relative, SPREADS * before.errors.spread)

    def unbearable_errors(self, before: Before) -> float:
        """The same for the margin."""
        return max(self.error_margin, self.error_margin_relative * before.errors.usual)

    def tolerated_slowness(self, before: Before, level: Level) -> float:
        """By which share all of stable's requests are made to take longer, to judge ``level``."""
        absolute = _over(self.latency_tolerance_ms, before.latency[P95].usual)
        spread = _over(SPREADS * level.spread, level.usual)
        return max(self.latency_tolerance_relative, absolute, spread)

    def unbearable_slowness(self, before: Before, level: Level) -> float:
        """The same for the margin, which is at least twice the absolute tolerance."""
        absolute = _over(2 * self.latency_tolerance_ms, before.latency[P95].usual)
        return max(self.latency_margin_relative or 0.0, absolute)


def _over(milliseconds: float, usual: float) -> float:
    return milliseconds / usual if usual else 0.0
