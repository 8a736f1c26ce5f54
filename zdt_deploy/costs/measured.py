"""The site's own numbers: machines from the fleet, deployments on record, traffic as metered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Min, Q, Sum

from zdt_core import database, fleet
from zdt_core.fleet import Standing
from zdt_deploy.costs import hours
from zdt_deploy.costs.models import TrafficHour
from zdt_deploy.deployments import alive, clock
from zdt_deploy.deployments.models import Deployment

DAYS = hours.DAYS
"""How far back traffic is looked at, and how long deployments are counted before one knows."""

MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests an hour, None where nobody measured; ``hours`` were measured in the region that is
    known for the shortest time. ``unmeasured`` are regions with live processes and no hour."""

    per_hour: float | None = None
    hours: float = 0
    unmeasured: tuple[str, ...] = ()


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
    """Requests of the last days, by the hours that were kept: the sum of what each region has."""
    rows = TrafficHour.objects.filter(
        environment=environment, service=service, hour__gte=hours.oldest(), seconds__gt=0
    )
    by_region = rows.values("region").annotate(n=Sum("requests"), length=Sum("seconds"))
    found = {row["region"]: (row["n"], row["length"]) for row in by_region.order_by()}
    silent = tuple(each for each in alive.regions(environment, service) if each not in found)
    if not found:
        return Traffic(unmeasured=silent)
    per_hour = sum(3600 * requests / seconds for requests, seconds in found.values())
    least = min(seconds for _requests, seconds in found.values())
    return Traffic(per_hour, least / 3600, silent)
