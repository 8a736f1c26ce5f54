"""The built-in source: what `zdt_core.metering` counted in this region's Redis."""

from __future__ import annotations

from collections.abc import Iterable

from zdt_core.conf import conf
from zdt_core.metering import source
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources.base import Clock, Source

LATE_SECONDS, LATE_WINDOWS = 120, 6
"""How late a process that did not reach Redis may hand in what it kept, the longer of both."""


class BuiltIn(Source):
    """Windows of ZDT_METRICS_WINDOW seconds by Redis's clock."""

    tells_of_each = True

    def __init__(self) -> None:
        self.late_seconds = max(LATE_SECONDS, LATE_WINDOWS * conf.METRICS_WINDOW)

    def clock(self) -> Clock:
        now, newest = source.clock()
        return Clock(now, newest, conf.METRICS_WINDOW)

    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        return source.read(environment, conf.REGION, service, first, last)
