"""What must be so before a release enters the next region: conditions of "deployment.next_region".

Other rooms add theirs in the same way. A site whose regions read each other's cache adds
``cache_access``, which is the name that zdt's own cache will take::

    @gates.condition("deployment.next_region", "cache_access")
    def cache_access(deployment):
        return gates.open_() if ... else gates.closed("shape_unread", region="eu-west")

What a wrong shape does is seen here already: a region that is still on the old release, and fails
more often than before the deployment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import QuerySet, Sum

from zdt_core import gates
from zdt_core.gates import Answer, Finding
from zdt_deploy.canary import regions
from zdt_deploy.canary.ingest import PRE_PERIOD_SECONDS
from zdt_deploy.canary.models import MetricWindow, Reach
from zdt_deploy.deployments import alive, clock, guards, progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan

STEP = "deployment.next_region"
STALE_INTERVALS = 3
"""For how many of the plan's intervals nothing may have come from a region."""
FALLEN_SILENT = 20
"""A region has fallen silent with less than this part of the requests that it had before."""


@gates.condition(STEP, "metrics_there")
def metrics_there(deployment: Deployment) -> Finding:
    """The next region's metrics come in, or nobody would see what the release does there; before
    the rest, those of all others."""
    found = (_comes_in(deployment, each) for each in _asked(deployment))
    return next((each for each in found if each.answer is not Answer.OPEN), gates.open_())


def _asked(deployment: Deployment) -> list[str]:
    region = progress.next_region_of(deployment)
    if region is None:
        return []
    return [region] if region else guards.elsewhere(deployment)


def _comes_in(deployment: Deployment, region: str) -> Finding:
    now = clock.now()
    found = regions.read(deployment.environment, deployment.service, region, now)
    facts = {"region": region, "reason": found.reason}
    if found.trouble == "metrics_unavailable":
        return gates.unknown("in_region", region=region, cause=found.trouble, cause_params=facts)
    if found.clock is None:
        return gates.unknown(found.trouble, **facts)
    seconds = round(found.clock.now - found.until)
    interval = Plan.from_json(deployment.plan).interval_seconds
    if seconds > STALE_INTERVALS * max(interval, 2 * found.clock.seconds):
        return gates.unknown("region_stale", region=region, seconds=seconds)
    return gates.open_()


@gates.condition(STEP, "elsewhere_unharmed")
def elsewhere_unharmed(deployment: Deployment) -> Finding:
    """No region that is still on the old release fails more often now than before the deployment,
    and none has fallen silent."""
    for region in _untouched(deployment):
        found = _comes_in(deployment, region)
        if found.answer is Answer.OPEN:
            found = _compared(deployment, region)
        elif region in _asked(deployment):  # `metrics_there` says so
            continue
        if found.answer is not Answer.OPEN:
            return found
    return gates.open_()


def _untouched(deployment: Deployment) -> list[str]:
    """Regions with web processes and without users on the new release, once it has some."""
    if deployment.started_at is None:
        return []
    exposed = {region for region, share in progress.shares_of(deployment).items() if share}
    known = alive.regions(deployment.environment, deployment.service)
    return [region for region in known if region not in exposed]


def _compared(deployment: Deployment, region: str) -> Finding:
    """The newest interval of the region's metrics, or as many as it takes to say something, beside
    the half hour before the deployment."""
    at = {"environment": deployment.environment, "service": deployment.service, "region": region}
    rows = MetricWindow.objects.filter(**at, release=deployment.previous_version)
    plan, reach = Plan.from_json(deployment.plan), Reach.objects.get(**at)
    begun = cast(datetime, deployment.started_at).timestamp() + reach.ahead
    before = _counted(rows, begun - PRE_PERIOD_SECONDS, begun)
    least = max(1, plan.minimum_sample // 4)
    span = max(plan.interval_seconds, 2 * reach.seconds)
    about = {"region": region, "release": deployment.previous_version}
    while True:
        since = max(begun, reach.until - span)
        now = _counted(rows, since, reach.until)
        if now.requests >= least:
            return _harm(now, before, least, plan.max_error_delta, about)
        expected = before.requests * (reach.until - since) / PRE_PERIOD_SECONDS
        if expected >= 2 * least and now.requests * FALLEN_SILENT < expected:
            seconds = round(reach.until - since)
            return gates.unknown("region_silent", **about, seconds=seconds, requests=now.requests)
        if since == begun:
            return gates.open_()
        span *= 2


def _harm(
    now: Counted, before: Counted, least: int, limit: float, about: dict[str, Any]
) -> Finding:
    """Where little is known of before, nothing failed then."""
    usual = before.failed if before.requests >= least else 0.0
    if now.failed - usual <= limit:
        return gates.open_()
    shares = {"now": now.failed, "before": usual, "limit": limit}
    percent = {name: round(100 * share, 3) for name, share in shares.items()}
    return gates.closed("region_harmed", **about, **percent)


@dataclass(frozen=True, slots=True)
class Counted:
    requests: int
    errors: int

    @property
    def failed(self) -> float:
        """The share of them that failed."""
        return self.errors / self.requests if self.requests else 0.0


def _counted(rows: QuerySet[MetricWindow], since: float, until: float) -> Counted:
    found = rows.filter(window__gte=since, window__lt=until)
    sums = found.aggregate(of=Sum("requests"), failed=Sum("errors"))
    return Counted(sums["of"] or 0, sums["failed"] or 0)
