"""Requests, errors and latency of each release in the last minute, from this region's Redis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from zdt_core.conf import conf
from zdt_core.metering import histogram, source

SECONDS = 60


@dataclass(slots=True)
class Traffic:
    """The sum over a release's processes."""

    requests: int = 0
    errors: int = 0
    latency: dict[int, int] = field(default_factory=dict)

    @property
    def error_percent(self) -> float | None:
        return 100 * self.errors / self.requests if self.requests else None

    @property
    def p95_ms(self) -> float | None:
        return histogram.percentile(self.latency, 0.95)


def lately(places: Iterable[tuple[str, str]]) -> dict[tuple[str, str, str], Traffic]:
    """Traffic by environment, service and release; a release that reported nothing is left out.

    Windows whose numbers cannot be true do not count. Raises Unavailable when Redis is away.
    """
    length = conf.METRICS_WINDOW
    _, newest = source.clock()
    first = newest - (max(1, SECONDS // length) - 1) * length
    found: dict[tuple[str, str, str], Traffic] = {}
    for environment, service in places:
        for sample in source.read(environment, conf.REGION, service, first, newest):
            if sample.problem:
                continue
            traffic = found.setdefault((environment, service, sample.release), Traffic())
            traffic.requests += sample.requests
            traffic.errors += sample.errors
            traffic.latency = histogram.merge(traffic.latency, sample.latency)
    return found
