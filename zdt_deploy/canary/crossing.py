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

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from zdt_core import gates
from zdt_core.gates import Answer, Finding
from zdt_deploy.canary import regions
from zdt_deploy.canary.ingest import PRE_PERIOD_SECONDS
from zdt_deploy.canary.models import MetricWindow, Reach
from zdt_deploy.deployments import clock, guards, progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan

STEP = "deployment.next_region"
STALE_INTERVALS = 3
"""For how many of the plan's intervals nothing may have come from a region."""


@gates.condition(STEP, "metrics_there")
def metrics_there(deployment: Deployment) -> Finding:
    """The next region's metrics come in, or nobody would see what the release does there; before
    the rest, those of all others."""
    region = progress.next_region_of(deployment)
    if region is None:
        return gates.open_()
    asked = [region] if region else guards.elsewhere(deployment)
    found = (_comes_in(deployment, each) for each in asked)
    return next((each for each in found if each.answer is not Answer.OPEN), gates.open_())


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
    """No region that is still on the old release fails more often than before the deployment."""
    limit = Plan.from_json(deployment.plan).max_error_delta
    for seen in _untouched(deployment):
        if seen.now - seen.before > limit:
            facts = {"now": round(100 * seen.now, 3), "before": round(100 * seen.before, 3)}
            facts["limit"] = round(100 * limit, 3)
            release = deployment.previous_version
            return gates.closed("region_harmed", region=seen.region, release=release, **facts)
    return gates.open_()


@dataclass(frozen=True, slots=True)
class Errors:
    """The share of failed requests in a region before the deployment and since."""

    region: str
    before: float
    now: float


def _untouched(deployment: Deployment) -> Iterator[Errors]:
    """Regions without users on the new release that had enough requests to say something."""
    begun = deployment.started_at
    if begun is None:
        return
    exposed = [region for region, share in progress.shares_of(deployment).items() if share]
    least = max(1, Plan.from_json(deployment.plan).minimum_sample // 4)
    at = {"environment": deployment.environment, "service": deployment.service}
    for reach in Reach.objects.filter(**at).exclude(region__in=exposed).order_by("region"):
        since = begun.timestamp() + reach.ahead
        rows = MetricWindow.objects.filter(
            **at, region=reach.region, release=deployment.previous_version
        )
        before = _failed(
            rows.filter(window__gte=since - PRE_PERIOD_SECONDS, window__lt=since), least
        )
        now = _failed(rows.filter(window__gte=since), least)
        if before is not None and now is not None:
            yield Errors(reach.region, before, now)


def _failed(rows: QuerySet[MetricWindow], least: int) -> float | None:
    """The share of failed requests; None where there were fewer than ``least``."""
    found = rows.aggregate(of=Sum("requests"), failed=Sum("errors"))
    return found["failed"] / found["of"] if (found["of"] or 0) >= least else None
