"""The built-in source: what `zdt_core.metering` counted in this region's Redis."""

from __future__ import annotations

from collections.abc import Iterable

from zdt_core.conf import conf
from zdt_core.metering import source
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources.base import Clock, Source


class BuiltIn(Source):
    """Windows of ZDT_METRICS_WINDOW seconds by Redis's clock."""

    def clock(self) -> Clock:
        now, newest = source.clock()
        return Clock(now, newest, conf.METRICS_WINDOW)

    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        return source.read(environment, conf.REGION, service, first, last)
