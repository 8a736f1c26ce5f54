"""What one instance counted in one window, until it is a sample. No I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources import buckets

Key = tuple[int, str, str]
"""The second that stands for a window, the release and the instance."""

ALL = "all"
"""The instance of a release whose instances are not told apart."""


@dataclass(slots=True)
class Tally:
    """Requests by upper bound in seconds (+Inf for all of them), errors, and counters."""

    by_bound: dict[float, float] = field(default_factory=dict)
    errors: float = 0.0
    counters: dict[str, float] = field(default_factory=dict)
    problem: str = ""

    def add_latency(self, bound: float, amount: float) -> None:
        self.by_bound[bound] = self.by_bound.get(bound, 0.0) + amount

    def add_counter(self, name: str, amount: float) -> None:
        self.counters[name] = self.counters.get(name, 0.0) + amount

    def sample(self, window: int, seconds: int, release: str, instance: str) -> Sample:
        """The sample, with a problem where the numbers do not go together."""
        latency: Mapping[int, int] = {}
        problem = self.problem
        if not problem and (self.by_bound or self.errors):  # else it only counts something
            try:
                latency = buckets.fine(self.by_bound)
            except ValueError:
                problem = "latency_incomplete"
        requests, errors = sum(latency.values()), round(self.errors)
        if errors > requests and not problem:
            problem = "more_errors_than_requests"
        return Sample(
            window, seconds, release, instance, requests, errors, latency=dict(latency),
            counters=dict(self.counters), problem=problem,
        )  # fmt: skip


def counted(value: float) -> float:
    """``value``, if something can be counted that often. Raises ValueError."""
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{value} is no count")
    return value
