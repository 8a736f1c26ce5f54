"""The metrics of regions: each has its own, and a ticker there copies them to where all are judged.

`Reach` says how far they were copied, so that a region from which nothing comes is told apart from
one in which nothing happens.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from zdt_core import database, messages
from zdt_core.conf import conf as core
from zdt_core.exceptions import Unavailable
from zdt_core.metering.samples import Sample
from zdt_deploy.canary import ingest
from zdt_deploy.canary.ingest import Intake
from zdt_deploy.canary.models import MetricWindow, Reach
from zdt_deploy.canary.sources import Clock, Source, Status
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL, Strategy

DEADLINE_SECONDS = 2.0
"""For all that one turn copies; the next one goes on."""

AFTER_ITS_END = timedelta(minutes=15)


def take_in(source: Source) -> None:
    """Copy what this region measured for each of its regional deployments.

    One that has not begun counts: who waits to begin may ask whether its regions can be read. So
    does one that ended lately: who times its end has to see that it is silent.
    """
    rows = Deployment.objects.filter(environment=core.ENVIRONMENT, strategy=Strategy.REGIONAL.value)
    rows = rows.exclude(state__in=FINAL, finished_at__lte=database.Now() - AFTER_ITS_END)
    for service in rows.values_list("service", flat=True).distinct():
        _take_in(service, source)


def _take_in(service: str, source: Source) -> None:
    began = time.monotonic()
    at = {"environment": core.ENVIRONMENT, "service": service, "region": core.REGION}
    row, _made = Reach.objects.get_or_create(**at)
    now = clock.now().timestamp()
    try:
        there = source.clock()
    except Unavailable as error:
        _save(row, trouble=str(error))
        return
    _save(row, trouble="")
    oldest = (int(there.now) - ingest.FURTHEST_SECONDS) // there.seconds * there.seconds
    window = max(ingest.resume(row.until, there, source), oldest)
    while window <= there.newest and time.monotonic() - began < DEADLINE_SECONDS:
        last = min(window + (ingest.BATCH - 1) * there.seconds, there.newest)
        reading = source.read(core.ENVIRONMENT, service, window, last)
        if reading.status is Status.UNAVAILABLE:
            _save(row, trouble=reading.reason)
            return
        since = window - ingest.BATCH * there.seconds  # others may come later to the same ones
        if other := _also_elsewhere(at, since, last, reading.samples):
            facts = {"region": core.REGION, "other": other}
            _save(row, trouble=messages.text("region_mixed", facts))
            return
        window = last + there.seconds
        with database.atomic():
            late = source.late_seconds > 0
            ingest.store(core.ENVIRONMENT, service, there.seconds, reading.samples, late)
            until = max(min(row.until, there.until), window)
            _save(row, until=until, seconds=there.seconds, ahead=there.now - now)


def _also_elsewhere(
    at: Mapping[str, str], first: int, last: int, samples: Iterable[Sample]
) -> str | None:
    """A region that was told the same: a process runs in one, so the source mixes them."""
    found = MetricWindow.objects.filter(
        environment=at["environment"], service=at["service"], window__gte=first, window__lte=last,
        instance__in={sample.instance for sample in samples},
    )  # fmt: skip
    regions = found.exclude(region=at["region"]).values_list("region", flat=True)
    other: str | None = regions.first()
    return other


def _save(row: Reach, **values: object) -> None:
    Reach.objects.filter(pk=row.pk).update(**values)


def read(environment: str, service: str, region: str, now: datetime) -> Intake:
    """How far the metrics of ``region`` reach at the database's ``now``."""
    row = Reach.objects.filter(environment=environment, service=service, region=region).first()
    if row is None or not row.seconds:
        reason = row.trouble if row else ""
        return Intake(trouble="metrics_unavailable" if reason else "region_unread",
                      reason=reason, region=region)  # fmt: skip
    there = Clock(now.timestamp() + row.ahead, row.until - row.seconds, row.seconds)
    trouble = "metrics_unavailable" if row.trouble else ""
    return Intake(there, row.ahead, row.until, trouble=trouble, reason=row.trouble, region=region)


def slowest(found: Iterable[Intake]) -> Intake:
    """The one that reaches least far, or that cannot be read at all."""
    return min(found, key=lambda intake: (not intake.trouble, intake.until))
