"""The two queues: one for work, one for what must never wait behind work."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from zdt_core.exceptions import ConfigurationError
from zdt_core.jobs.conf import conf

WORK, MONITOR = "zdt", "zdt-monitor"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue's figures in seconds, read from the settings at each access."""

    name: str
    _slice: Callable[[], float]
    _lease: Callable[[], float]
    _ring_again: Callable[[], float]
    _longest_retry: Callable[[], float]

    @property
    def slice(self) -> float:
        """How long a slice may work before it looks for others to work."""
        return self._slice()

    @property
    def lease(self) -> float:
        return self._lease()

    @property
    def ring_again(self) -> float:
        return self._ring_again()

    @property
    def longest_retry(self) -> float:
        return self._longest_retry()

    def time_limit(self, lease: float) -> int:
        """Whole seconds after which a slice under ``lease`` is interrupted.

        By then it has gone on for a lease after its time was up, so it hangs: a step that long
        has lost its lease already.
        """
        return math.ceil(self.slice + lease)


QUEUES = {
    WORK: Queue(
        WORK,
        lambda: conf.SLICE_SECONDS,
        lambda: conf.LEASE_SECONDS,
        lambda: conf.RING_AGAIN_SECONDS,
        lambda: conf.RETRY_SECONDS,
    ),
    MONITOR: Queue(
        MONITOR,
        lambda: conf.MONITOR_SLICE_SECONDS,
        lambda: conf.MONITOR_LEASE_SECONDS,
        lambda: conf.MONITOR_RING_AGAIN_SECONDS,
        lambda: conf.MONITOR_RETRY_SECONDS,
    ),
}


def queue(name: str) -> Queue:
    """The queue called ``name``. Raises ConfigurationError where zdt has none."""
    if name not in QUEUES:
        raise ConfigurationError(f"zdt serves the queues {', '.join(QUEUES)}, not “{name}”.")
    return QUEUES[name]
