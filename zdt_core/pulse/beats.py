"""A beat: work that a process repeats in the background, and the list of all of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Beat:
    """Work with its period. All times are in seconds.

    ``every`` may be a callable, so that a setting is read at each turn. ``jitter`` is the share by
    which a period varies at random, so that processes born together do not knock together. An
    ``isolated`` beat runs beside the others; once it takes longer than ``deadline`` it counts as
    late, and nobody waits for it.
    """

    name: str
    work: Work
    every: float | Callable[[], float]
    deadline: float
    isolated: bool
    jitter: float

    @property
    def seconds(self) -> float:
        return float(self.every() if callable(self.every) else self.every)

    def pause(self, chance: Callable[[], float] = random.random) -> float:
        """Seconds from the start of one turn to the next; ``chance`` yields numbers in [0, 1)."""
        return self.seconds * (1 + self.jitter * (2 * chance() - 1))


registered: dict[str, Beat] = {}
"""Every beat of this process by name. A forked child keeps them; none runs until `start`."""

last_works: list[Work] = []
"""What `stop` does once more before the pulse ends."""
