"""The parts of the metrics that are zdt_core's."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q

from zdt_core import database, fleet
from zdt_core.conf import conf
from zdt_core.jobs import leases, queues, ticker
from zdt_core.jobs.models import Run
from zdt_core.metering import bounds, totals
from zdt_core.metering.collecting import collector
from zdt_core.metering.families import Family, Point, Shown, Spread
from zdt_core.metering.samples import Sample
from zdt_core.notify.models import Notification

_BY_PROCESS = ("environment", "service", "region", "release", "process")


@collector(
    "requests",
    Family("zdt_requests_total", "counter", "Requests served.", _BY_PROCESS),
    Family(
        "zdt_request_errors_total",
        "counter",
        "Requests that failed with a status of 500 or above, or an exception.",
        _BY_PROCESS,
    ),
    Family(
        "zdt_requests_misrouted_total",
        "counter",
        "Requests that another release should have served.",
        _BY_PROCESS,
    ),
    Family(
        "zdt_request_duration_seconds",
        "histogram",
        "Time until the response began; the bounds are met within 2 percent.",
        _BY_PROCESS,
    ),
    Family(
        "zdt_counted_total",
        "counter",
        "What the site counted by zdt_core.metering.count, by name.",
        (*_BY_PROCESS, "name"),
    ),
)
def requests() -> Shown:
    """The whole fleet of this region, from its Redis."""
    found = totals.read(conf.ENVIRONMENT, conf.REGION, conf.SERVICE)
    each = [(sample, _of(sample)) for sample in found]
    return {
        "zdt_requests_total": [Point(of, sample.requests) for sample, of in each],
        "zdt_request_errors_total": [Point(of, sample.errors) for sample, of in each],
        "zdt_requests_misrouted_total": [Point(of, sample.misrouted) for sample, of in each],
        "zdt_request_duration_seconds": [_spread(sample, of) for sample, of in each],
        "zdt_counted_total": [
            Point((*of, name), amount)
            for sample, of in each
            for name, amount in sorted(sample.counters.items())
        ],
    }


def _of(sample: Sample) -> tuple[str, ...]:
    return (conf.ENVIRONMENT, conf.SERVICE, conf.REGION, sample.release, sample.instance)


def _spread(sample: Sample, of: tuple[str, ...]) -> Spread:
    buckets, seconds = bounds.cumulative(sample.latency), bounds.total_seconds(sample.latency)
    return Spread(of, buckets, seconds, sample.requests)


@collector(
    "fleet",
    Family(
        "zdt_processes",
        "gauge",
        "Processes that are live, or silent and so unknown.",
        ("environment", "service", "region", "role", "release", "standing"),
    ),
)
def processes() -> Shown:
    """Those that are gone are left out: they are history."""
    members = fleet.members(environment=conf.ENVIRONMENT, service=conf.SERVICE)
    counted = Counter(
        (m.environment, m.service, m.region, m.role, m.release, str(m.standing))
        for m in members
        if m.standing is not fleet.Standing.GONE
    )
    return {"zdt_processes": [Point(key, number) for key, number in sorted(counted.items())]}


@collector(
    "jobs",
    Family(
        "zdt_runs",
        "gauge",
        "Runs of background work that are kept.",
        ("environment", "queue", "state"),
    ),
    Family(
        "zdt_runs_due",
        "gauge",
        "Runs that are due and that nobody works on.",
        ("environment", "queue"),
    ),
    Family(
        "zdt_runs_due_age_seconds",
        "gauge",
        "How long the oldest run that nobody works on has been due; 0 where none is.",
        ("environment", "queue"),
    ),
    Family("zdt_ticker_up", "gauge", "1 while a ticker holds its lease.", ("environment",)),
)
def runs() -> Shown:
    """Background work of the whole database, told under this site's environment."""
    here = conf.ENVIRONMENT
    counted = Run.objects.values("queue", "state").annotate(number=Count("pk")).order_by()
    kept = [Point((here, row["queue"], row["state"]), row["number"]) for row in counted]
    waiting = {row["queue"]: row for row in _waiting()}
    none: dict[str, Any] = {"number": 0, "age": timedelta()}
    rows = [(name, waiting.get(name, none)) for name in queues.QUEUES]
    return {
        "zdt_runs": sorted(kept, key=lambda point: point.labels),
        "zdt_runs_due": [Point((here, name), row["number"]) for name, row in rows],
        "zdt_runs_due_age_seconds": [
            Point((here, name), row["age"].total_seconds()) for name, row in rows
        ],
        "zdt_ticker_up": [Point((here,), int(bool(leases.taken([ticker.NAME]))))],
    }


@collector(
    "notifications",
    Family(
        "zdt_notifications",
        "gauge",
        "Notifications that reached nobody yet, or never.",
        ("environment", "state"),
    ),
)
def notifications() -> Shown:
    states = ("waiting", "given_up")
    rows = Notification.objects.filter(state__in=states).values("state").order_by()
    counted = {row["state"]: row["number"] for row in rows.annotate(number=Count("pk"))}
    return {
        "zdt_notifications": [
            Point((conf.ENVIRONMENT, state), counted.get(state, 0)) for state in states
        ]
    }


def _waiting() -> list[dict[str, Any]]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=database.Now())
    due = Run.objects.filter(free, state=Run.State.READY, due_at__lte=database.Now())
    age = Max(ExpressionWrapper(database.Now() - F("due_at"), DurationField()))
    return list(due.values("queue").annotate(number=Count("pk"), age=age).order_by())
