"""When to try again for a lock, and for how long: a rule without I/O.

While a statement waits for its lock, everything of the site that comes after it waits, too. So the
tries are short, with growing pauses in which the site goes on. An autovacuum gives way only to who
waits for longer than deadlock_timeout: where nothing else is in the way, one try is that long.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass, field

GROWTH = 1.5
BEYOND_DEADLOCK_TIMEOUT = 1.2


class Step(enum.StrEnum):
    SHORT = "short"
    LONG = "long"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Wait:
    """What comes after a try that failed: ``pause`` seconds, then ``seconds`` for the lock."""

    step: Step
    pause: float = 0.0
    seconds: float = 0.0


@dataclass(slots=True)
class Policy:
    """The tries of one statement. All in seconds; ``yields_after`` is deadlock_timeout."""

    short: float
    pause: float
    longest_pause: float
    patience: float
    yields_after: float
    failures: int = 0
    outwaited: set[int] = field(default_factory=set)

    def next(self, elapsed: float, vacuums: Collection[int], others: Collection[int]) -> Wait:
        """After a failed try, ``elapsed`` seconds from the first: ``vacuums`` are the process ids
        of ordinary autovacuums in the way, ``others`` of everybody else."""
        self.failures += 1
        pause = min(self.pause * GROWTH ** (self.failures - 1), self.longest_pause)
        if elapsed + pause >= self.patience:
            return Wait(Step.GIVE_UP)
        fresh = set(vacuums) - self.outwaited
        if fresh and not others:
            self.outwaited |= fresh
            return Wait(
                Step.LONG, pause, max(self.short, BEYOND_DEADLOCK_TIMEOUT * self.yields_after)
            )
        return Wait(Step.SHORT, pause, self.short)
