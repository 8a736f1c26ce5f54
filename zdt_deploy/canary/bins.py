"""The raw metric windows of a deployment, summed up in bins of equal length for charts.

PostgreSQL sums; what comes back does not grow with the number of windows. Windows are only ever
added, so that the percentiles of a bin are kept for as long as it has the same number of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from zdt_core import database
from zdt_core.metering import histogram
from zdt_deploy.canary.models import MetricWindow
from zdt_deploy.deployments.models import Deployment

MOST = 120
"""Bins of a chart."""

STEPS = (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440)
"""How many of the shortest bins a bin may hold."""

_PERCENTILES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
_KEPT = 5000
_known: dict[tuple[Any, ...], dict[str, float | None]] = {}

_HISTOGRAMS = """
    SELECT w."window" / %(width)s AS bin, w.release, bucket.key, SUM(bucket.value::bigint)
      FROM zdt_deploy_metricwindow w, jsonb_each_text(w.latency) AS bucket
     WHERE w.environment = %(environment)s AND w.service = %(service)s
       AND w.release = ANY(%(releases)s) AND w.problem = ''
       AND w."window" >= %(first)s AND w."window" < %(last)s
  GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Bin:
    """What both releases served from ``start`` on; ``tracks`` hold requests, errors and percentiles
    by release, as a verdict's evidence does."""

    start: float
    seconds: int
    tracks: dict[str, dict[str, Any]]


def newest(deployment: Deployment) -> tuple[int, int] | None:
    """Where the newest window of either release ends, and how long it is; None without any."""
    rows = _windows(deployment)
    if deployment.finished_at is not None:
        rows = rows.filter(window__lt=math.ceil(deployment.finished_at.timestamp()))
    found = rows.order_by("-window").values_list("window", "seconds").first()
    return None if found is None else (found[0] + found[1], found[1])


def read(
    deployment: Deployment, since: float, until: float, shortest: float, window: int
) -> list[Bin]:
    """The bins from ``since`` to ``until`` in order of time, those without a window left out.

    ``shortest`` is the least length of a bin in seconds, ``window`` the length of a window. Bins
    are as long as it takes to be no more than `MOST`.
    """
    width = width_for(until - since, max(shortest, window), window)
    rows = _windows(deployment).filter(
        window__gte=math.floor(since), window__lt=math.ceil(until), problem=""
    )
    counted = list(
        rows.values("release", bin=F("window") / width)
        .annotate(n=Count("pk"), requests=Sum("requests"), errors=Sum("errors"))
        .order_by("bin", "release")
    )
    percentiles = _percentiles(deployment, width, counted)
    found: dict[int, Bin] = {}
    for row, told in zip(counted, percentiles, strict=True):
        track = {"requests": int(row["requests"]), "errors": int(row["errors"]), **told}
        start = row["bin"] * width
        found.setdefault(start, Bin(start, width, {})).tracks[row["release"]] = track
    return list(found.values())


def _windows(deployment: Deployment) -> QuerySet[Any]:
    rows: QuerySet[Any] = MetricWindow.objects.filter(
        environment=deployment.environment,
        service=deployment.service,
        release__in=[deployment.version, deployment.previous_version],
    )
    return rows


def width_for(span: float, shortest: float, window: int) -> int:
    """The seconds of a bin: whole windows, and at most `MOST` bins in ``span``."""
    unit = math.ceil(shortest / window) * window
    needed = span / unit / (MOST - 1)
    step = next((step for step in STEPS if step >= needed), math.ceil(needed))
    return unit * step


def _percentiles(
    deployment: Deployment, width: int, counted: list[dict[str, Any]]
) -> list[dict[str, float | None]]:
    """Those of each row of ``counted``; only bins that have changed are asked for."""
    at = (deployment.environment, deployment.service, width)
    keys = [(*at, row["bin"], row["release"], row["n"]) for row in counted]
    unknown = [row["bin"] for key, row in zip(keys, counted, strict=True) if key not in _known]
    if unknown:
        histograms = _histograms(deployment, width, unknown)
        if len(_known) + len(keys) > _KEPT:
            _known.clear()
        for key, row in zip(keys, counted, strict=True):
            if key not in _known:
                _known[key] = _told(histograms.get((row["bin"], row["release"]), {}))
    return [_known.get(key) or _told({}) for key in keys]


def _told(counts: dict[int, int]) -> dict[str, float | None]:
    return {name: histogram.percentile(counts, share) for name, share in _PERCENTILES.items()}


def _histograms(
    deployment: Deployment, width: int, bins: Iterable[int]
) -> dict[tuple[int, str], dict[int, int]]:
    wanted = sorted(bins)
    values: dict[str, Any] = {
        "width": width,
        "environment": deployment.environment,
        "service": deployment.service,
        "releases": [deployment.version, deployment.previous_version],
        "first": wanted[0] * width,
        "last": (wanted[-1] + 1) * width,
    }
    found: dict[tuple[int, str], dict[int, int]] = {}
    with database.connection().cursor() as cursor:
        cursor.execute(_HISTOGRAMS, values)
        for bin, release, bucket, count in cursor.fetchall():
            found.setdefault((bin, release), {})[int(bucket)] = int(count)
    return found
