"""Keeps the traffic of each hour that has ended, for a week: Redis forgets it after two hours.

Redis lies in the region, so that a worker or ticker of the region does it, by its pulse.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import FloatField
from django.db.models.functions import Cast, Extract

from zdt_core import database, fleet, pulse
from zdt_core.conf import conf
from zdt_core.fleet import Standing, membership
from zdt_core.jobs import leases
from zdt_core.metering import source
from zdt_core.metering.samples import Sample
from zdt_deploy.costs.models import TrafficHour

HOUR = 3600
EVERY_SECONDS = 600.0
ROLES = ("worker", "ticker")
DAYS = 7
"""How far back advice looks."""


def register() -> None:
    """Have the pulse of every worker and ticker look after its region."""
    pulse.beat("costs.hours", EVERY_SECONDS, deadline=20, isolated=True, jitter=0.2)(turn)


def turn() -> None:
    """Keep what has ended and forget what is old, if it is this process's turn."""
    if membership.role() not in ROLES:
        return
    with pulse.one_session(), database.short_session():
        if leases.take_turn(f"costs:{conf.REGION}", EVERY_SECONDS / 2) is not None:
            keep()
            forget_old()


def keep() -> int:
    """Keep this region's last hour that has ended, for each service that has live web processes;
    how many are new. Raises Unavailable when Redis is away."""
    _now, newest = source.clock()
    begin = (newest + conf.METRICS_WINDOW) // HOUR * HOUR - HOUR
    at = {"environment": conf.ENVIRONMENT, "region": conf.REGION, "hour": begin}
    known = set(TrafficHour.objects.filter(**at).values_list("service", flat=True))
    rows = []
    for service in sorted(_services() - known):
        last = begin + HOUR - conf.METRICS_WINDOW
        samples = source.read(conf.ENVIRONMENT, conf.REGION, service, begin, last)
        requests, seconds = measured(samples)
        rows.append(TrafficHour(**at, service=service, requests=requests, seconds=seconds))
    TrafficHour.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def measured(samples: Iterable[Sample]) -> tuple[int, int]:
    """The requests of ``samples``, and in how many seconds. Windows whose numbers cannot be true do
    not count, nor their time."""
    found: dict[int, int] = {}
    flawed = set()
    for sample in samples:
        if sample.problem:
            flawed.add(sample.window)
        else:
            found[sample.window] = found.get(sample.window, 0) + sample.requests
    good = [count for window, count in found.items() if window not in flawed]
    return sum(good), min(HOUR, len(good) * conf.METRICS_WINDOW)


def forget_old() -> int:
    """Delete the hours that advice looks back to no more."""
    return int(TrafficHour.objects.filter(hour__lt=oldest()).delete()[0])


def oldest() -> Cast:
    """The first hour of the last days, by the database's clock."""
    return Cast(Extract(database.Now() - timedelta(days=DAYS), "epoch"), FloatField())


def _services() -> set[str]:
    live = fleet.members(environment=conf.ENVIRONMENT, role="web", departed=False)
    return {
        member.service
        for member in live
        if member.region == conf.REGION and member.standing is Standing.LIVE
    }
