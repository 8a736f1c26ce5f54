"""What each instance counted in each window, out of amounts by window. No I/O.

Other than counters, amounts need no differences; and other than a scraper, whoever reports them
often leaves out what was 0. So what is missing is 0 only beside something of the same instance and
window that is not: an error nobody reported beside requests, the bounds below the first one that a
request lay under.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources.tally import Key, Tally, counted


class Amounts:
    """Adds amounts up; ``bounds`` are those, in seconds, that latency is asked for.

    Raises ValueError for what nothing can be counted by.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = sorted(bounds)
        self.errors_told = False
        self._found: dict[Key, Tally] = {}

    def add_requests(self, key: Key, amount: float) -> None:
        self._of(key).add_latency(math.inf, counted(amount))

    def add_latency(self, key: Key, bound: float, amount: float) -> None:
        self._of(key).add_latency(bound, counted(amount))

    def add_errors(self, key: Key, amount: float) -> None:
        self._of(key).errors += counted(amount)
        self.errors_told = True

    def add_counter(self, key: Key, name: str, amount: float) -> None:
        self._of(key).add_counter(name, counted(amount))

    @property
    def has_requests(self) -> bool:
        return any(tally.by_bound.get(math.inf) for tally in self._found.values())

    def samples(self, seconds: int) -> Iterable[Sample]:
        """One for each instance and window, by where the window begins."""
        for (window, release, instance), tally in sorted(self._found.items()):
            if _says_nothing(tally):
                continue
            if tally.by_bound.get(math.inf) and not self._complete(tally):
                tally.problem = "latency_incomplete"
            yield tally.sample(window, seconds, release, instance)

    def _of(self, key: Key) -> Tally:
        return self._found.setdefault(key, Tally())

    def _complete(self, tally: Tally) -> bool:
        """Whether bounds are missing only below the first that was told."""
        told = [bound in tally.by_bound for bound in self.bounds]
        return any(told) and all(told[told.index(True) :])


def _says_nothing(tally: Tally) -> bool:
    """Whether nobody said how many requests there were, and nothing else was more than 0."""
    if math.inf in tally.by_bound or tally.counters:
        return False
    return not tally.errors and not any(tally.by_bound.values())
