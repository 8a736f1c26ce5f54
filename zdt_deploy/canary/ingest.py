"""Takes closed windows from a source into PostgreSQL, where the judge reads them.

In batches, each committed with the run's cursor; the unique key makes a repetition harmless.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import FloatField
from django.db.models.functions import Cast, Extract

from zdt_core import database, jobs
from zdt_core.conf import conf as core
from zdt_core.exceptions import Unavailable
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.models import MetricWindow
from zdt_deploy.canary.sources import Clock, Source, Status
from zdt_deploy.conf import conf

logger = logging.getLogger("zdt.monitor")
PRE_PERIOD_SECONDS = 1800
"""How much of the time before a deployment is taken in, as the baseline at 100 %."""

BATCH = 30
"""Windows a batch."""

DEADLINE_SECONDS = 8.0
"""For all that one tick asks the source."""

FURTHEST_SECONDS = 7200
"""How far back the built-in source remembers; nothing older is asked for."""

_UNIQUE = ("environment", "service", "window", "region", "release", "instance")
_TOLD = ("requests", "errors", "misrouted", "latency", "counters", "problem")
LONGEST_RELEASE = 40
_LARGEST = 2**63 - 1
_is_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*").fullmatch


@dataclass(frozen=True, slots=True)
class Intake:
    """What a tick took in. ``until`` is where the newest window in the table ends; ``behind``
    says that there is more to take; ``trouble`` is a code when the source did not answer.
    ``ahead`` is how many seconds the source's clock is ahead of the database's. ``region`` is whose
    they are, "" where that does not matter. ``tells_of_each`` is what the source says of itself."""

    clock: Clock | None = None
    ahead: float = 0.0
    until: int = 0
    behind: bool = False
    trouble: str = ""
    reason: str = ""
    region: str = ""
    tells_of_each: bool = False


def take_in(
    work: jobs.Slice, environment: str, service: str, begun: datetime, now: datetime, source: Source
) -> Intake:
    """Bring the table up to date for a deployment whose first traffic was at ``begun``.

    ``now`` is the database's time, read just before.
    """
    began = time.monotonic()
    try:
        clock = source.time()
    except Unavailable as error:
        return Intake(trouble="metrics_unavailable", reason=str(error))
    ahead = clock.now - now.timestamp()
    age = (now - begun).total_seconds()
    place = f"next_window:{core.REGION}"  # each region has metrics of its own
    oldest = int(clock.now - min(age + PRE_PERIOD_SECONDS, FURTHEST_SECONDS))
    window = max(resume(int(work.cursor.get(place, 0)), clock, source), _floor(oldest, clock))
    while window <= clock.newest:
        if work.should_stop() or time.monotonic() - began > DEADLINE_SECONDS:
            return Intake(clock, ahead, window, behind=True)
        last = min(window + (BATCH - 1) * clock.seconds, clock.newest)
        reading = source.read(environment, service, window, last)
        if reading.status is Status.UNAVAILABLE:
            return Intake(trouble="metrics_unavailable", reason=reading.reason)
        window = last + clock.seconds
        with work.commit() as save:
            store(environment, service, clock.seconds, reading.samples, source.late_seconds > 0)
            save(cursor={**work.cursor, place: window})
    return Intake(clock, ahead, clock.until, tells_of_each=source.tells_of_each)


def resume(reached: int, clock: Clock, source: Source) -> int:
    """The window to go on with, once those before ``reached`` were read: they are read again as far
    back as somebody may be late. What was read ahead of the clock, as one that was fast told, was
    read too early."""
    if reached > clock.until:
        return clock.until - BATCH * clock.seconds
    if reached > clock.newest:
        return reached
    return _floor(reached - source.late_seconds, clock)


def _floor(moment: float, clock: Clock) -> int:
    return int(moment // clock.seconds) * clock.seconds


def store(
    environment: str, service: str, seconds: int, samples: Iterable[Sample], late: bool = False
) -> None:
    """Write ``samples`` into the open transaction, but for releases that cannot be one: names come
    from keys that others can write to, too. What is there already stays, but where somebody
    may be ``late`` it becomes what was told last, unless that is less."""
    rows = [
        _row(environment, service, seconds, sample)
        for sample in samples
        if len(sample.release) <= LONGEST_RELEASE and _is_name(sample.release)
    ]
    if late:
        _add_the_late(rows)
    else:
        MetricWindow.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _add_the_late(rows: Sequence[MetricWindow]) -> None:
    if not rows:
        return
    first, last = min(row.window for row in rows), max(row.window for row in rows)
    there = MetricWindow.objects.filter(
        environment=rows[0].environment, service=rows[0].service, region=rows[0].region,
        window__gte=first, window__lte=last,
    )  # fmt: skip
    known = {(row.window, row.release, row.instance): row for row in there}
    changed = [row for row in rows if _says_more(row, known.get(_key(row)))]
    MetricWindow.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=_UNIQUE, update_fields=_TOLD, batch_size=500
    )


def _key(row: MetricWindow) -> tuple[int, str, str]:
    return row.window, row.release, row.instance


def _says_more(row: MetricWindow, known: MetricWindow | None) -> bool:
    if known is None or row.problem:
        return known is None or row.problem != known.problem
    more = row.requests > known.requests or row.counters != known.counters
    return row.requests >= known.requests and more


def forget_old() -> int:
    """Delete the windows older than ZDT_METRICS_KEEP_DAYS; how many."""
    past = database.Now() - timedelta(days=conf.METRICS_KEEP_DAYS)
    limit = Cast(Extract(past, "epoch"), FloatField())
    return int(MetricWindow.objects.filter(window__lt=limit)._raw_delete(database.alias()))


def _row(environment: str, service: str, seconds: int, sample: Sample) -> MetricWindow:
    row = MetricWindow(
        environment=environment,
        service=service,
        region=core.REGION,
        window=sample.window,
        seconds=seconds,
        release=sample.release,
        instance=sample.instance,
        requests=0,
        errors=0,
        problem=sample.problem or _overflow(sample),
    )
    if not row.problem:
        row.requests, row.errors, row.misrouted = sample.requests, sample.errors, sample.misrouted
        row.latency, row.counters = dict(sample.latency), dict(sample.counters)
    return row


def _overflow(sample: Sample) -> str:
    return "" if sample.requests <= _LARGEST else "count_impossible"
