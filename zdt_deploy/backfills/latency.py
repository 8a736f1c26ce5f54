"""The site's own latency, from the metrics of its processes in this region, against its usual one.

A site that never reported metrics has no say here; one whose metrics can't be read just now, or
are gone, has.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable

from zdt_core.conf import conf as core
from zdt_core.exceptions import Unavailable
from zdt_core.metering import histogram, source
from zdt_core.metering.samples import Sample
from zdt_deploy.backfills.conf import conf
from zdt_deploy.backfills.pacing import Pressure

P95 = 0.95
LEAST_REQUESTS = 50
WINDOWS = 30
_NUDGE = 0.01
"""The usual latency follows by this share at each window, so that night may become day."""


class Latency:
    """``usual`` is the p95 in milliseconds that windows usually have; None where nobody knows."""

    def __init__(self, usual: float | None) -> None:
        self.usual = usual
        self._next = 0.0
        self._newest: int | None = None
        self._found: list[tuple[Pressure, str, dict[str, object]]] = []

    def findings(self) -> list[tuple[Pressure, str, dict[str, object]]]:
        """Why to give way, as (pressure, code, params); read anew once in a window."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + core.METRICS_WINDOW / 2
            try:
                self._found = self._read()
            except Unavailable as error:
                facts: dict[str, object] = {"what": "latency", "error": str(error)}
                self._found = [(Pressure.SLOW, "backfill_unseen", facts)]
        return self._found

    def _read(self) -> list[tuple[Pressure, str, dict[str, object]]]:
        _now, newest = source.clock()
        if newest == self._newest:
            return self._found
        self._newest = newest
        windows = WINDOWS if self.usual is None else 1
        first = newest - (windows - 1) * core.METRICS_WINDOW
        samples = source.read(core.ENVIRONMENT, core.REGION, core.SERVICE, first, newest)
        if not samples and self.usual is not None:
            facts: dict[str, object] = {
                "what": "latency",
                "error": "no process reports it any more",
            }
            return [(Pressure.SLOW, "backfill_unseen", facts)]
        return self.judge(p95s(samples))

    def judge(self, found: list[float]) -> list[tuple[Pressure, str, dict[str, object]]]:
        """Findings for the p95 of windows, the newest last; learns what is usual."""
        if not found:
            return []
        if self.usual is None:
            self.usual = statistics.median(found)
        newest, usual = found[-1], self.usual
        self.usual += _NUDGE * (newest - usual)
        if newest <= usual * conf.BACKFILL_LATENCY_FACTOR:
            return []
        facts: dict[str, object] = {"milliseconds": round(newest, 1), "usual": round(usual, 1)}
        return [(Pressure.SLOW, "backfill_site_slow", facts)]


def p95s(samples: Iterable[Sample]) -> list[float]:
    """The p95 in milliseconds of each window with enough requests, in order of time."""
    windows: dict[int, list[dict[int, int]]] = {}
    for sample in samples:
        if not sample.problem:
            windows.setdefault(sample.window, []).append(sample.latency)
    merged = [histogram.merge(*windows[start]) for start in sorted(windows)]
    found = [
        histogram.percentile(counts, P95)
        for counts in merged
        if sum(counts.values()) >= LEAST_REQUESTS
    ]
    return [p95 for p95 in found if p95 is not None]
