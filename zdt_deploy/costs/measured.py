"""The site's own numbers: machines from the fleet, deployments on record, traffic as metered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, FloatField, Max, Min, Q, Sum
from django.db.models.functions import Cast, Extract

from zdt_core import database, fleet
from zdt_core.conf import conf as core
from zdt_core.exceptions import Unavailable
from zdt_core.fleet import Standing
from zdt_core.metering import source
from zdt_deploy.canary.models import MetricWindow
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.models import Deployment

DAYS = 7
"""How far back traffic is looked at, and how long deployments are counted before one knows."""

MONTH_DAYS = 30
RECENT_SECONDS = 3700
"""How much of what only Redis holds is read, for windows that no deployment has kept."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """``requests`` in ``seconds`` of measuring; 0 seconds where nobody measured."""

    requests: int
    seconds: float

    @property
    def per_hour(self) -> float | None:
        return self.requests * 3600 / self.seconds if self.seconds else None


def machines(environment: str, service: str) -> int | None:
    """How many machines serve the release that most of them serve; None where nobody is live."""
    by_release: dict[str, set[str]] = {}
    for member in fleet.members(environment=environment, service=service, role="web"):
        if member.standing is Standing.LIVE:
            by_release.setdefault(member.release, set()).add(member.host)
    return max(map(len, by_release.values()), default=0) or None


def deployments_per_day(environment: str, service: str) -> float | None:
    """Deployments that sent anybody anywhere, in the last month or since the first of them; None
    where that is younger than a week, or there was none."""
    rows = Deployment.objects.filter(
        environment=environment, service=service, started_at__isnull=False
    )
    since = database.Now() - timedelta(days=MONTH_DAYS)
    found = rows.aggregate(
        first=Min("started_at"), lately=Count("pk", filter=Q(started_at__gt=since))
    )
    if found["first"] is None:
        return None
    age = (clock.now() - found["first"]).total_seconds() / 86_400
    return float(found["lately"]) / min(MONTH_DAYS, age) if age >= DAYS else None


def traffic(environment: str, service: str) -> Traffic:
    """Requests of the last days: windows that deployments kept, and the newest of this region.

    Windows whose numbers cannot be true do not count, nor their time.
    """
    by_window: dict[int, tuple[int, int]] = {}
    since = Cast(Extract(database.Now() - timedelta(days=DAYS), "epoch"), FloatField())
    rows = MetricWindow.objects.filter(
        environment=environment, service=service, window__gt=since
    ).order_by()
    kept = rows.values("window").annotate(
        n=Sum("requests"), length=Max("seconds"), bad=Count("pk", filter=~Q(problem=""))
    )
    for row in kept:
        by_window[row["window"]] = (0, 0) if row["bad"] else (row["n"], row["length"])
    for window, found in _recent(environment, service).items():
        by_window.setdefault(window, found)
    requests = sum(count for count, _length in by_window.values())
    return Traffic(requests, float(sum(length for _count, length in by_window.values())))


def _recent(environment: str, service: str) -> dict[int, tuple[int, int]]:
    """What Redis still holds; nothing where it is away."""
    try:
        _now, newest = source.clock()
        samples = source.read(environment, core.REGION, service, newest - RECENT_SECONDS, newest)
    except Unavailable:
        return {}
    found: dict[int, tuple[int, int]] = {}
    flawed = {sample.window for sample in samples if sample.problem}
    for sample in samples:
        if sample.window not in flawed:
            before = found.get(sample.window, (0, 0))[0]
            found[sample.window] = (before + sample.requests, core.METRICS_WINDOW)
    return found
