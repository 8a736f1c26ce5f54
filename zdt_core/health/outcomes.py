"""What a check's results mean, in time. Rules only.

One failure is not an outage and one success no recovery: the answer changes after so many results
in a row. A result that is too old counts as none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class Unhealthy(Exception):
    """Raised by a check that has more to tell than that it failed; ``facts`` are JSON values."""

    def __init__(self, error: str, **facts: Any) -> None:
        super().__init__(error)
        self.error = error
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run of a check. ``error`` is the name of an exception's class, empty on success.

    ``at`` and ``good_until`` are monotonic seconds: after that, the result counts as none.
    """

    error: str
    latency_ms: float
    at: float
    good_until: float
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.error


@dataclass(frozen=True, slots=True)
class Trend:
    """A check's answer. ``against`` counts the latest results in a row that contradict it."""

    healthy: bool
    last: Outcome
    against: int = 0


def first(outcome: Outcome) -> Trend:
    """The first result is believed at once."""
    return Trend(outcome.ok, outcome)


def after(trend: Trend, outcome: Outcome, *, fail_after: int, pass_after: int) -> Trend:
    """The trend with one more result."""
    if outcome.ok == trend.healthy:
        return Trend(trend.healthy, outcome)
    against = trend.against + 1
    if against >= (fail_after if trend.healthy else pass_after):
        return Trend(outcome.ok, outcome)
    return Trend(trend.healthy, outcome, against)
