"""What is tolerated, what would be too much, and how sure one has to be."""

from __future__ import annotations

from dataclasses import dataclass

from zdt_deploy.canary.sequential.before import Before, Level

SPREADS = 3.0
"""How many standard deviations between stable's instances are tolerated."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Shares are fractions: 0.01 is one per cent.

    A release that is no worse than stable by more than the *tolerance* is rolled back with a
    probability of at most ``false_rollback``; one that is worse by the *margin* or more is promoted
    with one of at most ``false_promotion``. Of tolerances and margins the larger one counts, the
    absolute or the one relative to what is usual. Without a margin latency is not judged.
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
        return max(self.error_tolerance, _own(before.errors, self.error_tolerance_relative))

    def unbearable_errors(self, before: Before) -> float:
        """The same for the margin."""
        relative = self.error_margin_relative * before.errors.usual
        return max(self.error_margin, relative)

    def tolerated_ms(self, level: Level) -> float:
        """The milliseconds that are added to stable's latency."""
        return max(self.latency_tolerance_ms, _own(level, self.latency_tolerance_relative))

    def unbearable_ms(self, level: Level) -> float:
        relative = (self.latency_margin_relative or 0.0) * level.usual
        return max(2 * self.latency_tolerance_ms, relative)


def _own(level: Level, relative: float) -> float:
    return max(relative * level.usual, SPREADS * level.spread)
