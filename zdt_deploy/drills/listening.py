"""Hears from metrics when the new release of a drill served its last request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from zdt_core import jobs
from zdt_core.conf import conf as core
from zdt_deploy.canary import evidence, ingest, regions
from zdt_deploy.canary.ingest import Intake
from zdt_deploy.canary.models import MetricWindow
from zdt_deploy.canary.sources import Source
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.drills import silence
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.silence import Heard


@dataclass(frozen=True, slots=True)
class Silence:
    """When the new release served its last request, to the ``accuracy`` of windows in seconds, and
    what is known where that is not."""

    at: datetime | None = None
    accuracy: int | None = None
    still: datetime | None = None
    why: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def take_in(work: jobs.Slice, row: Drill, source: Source) -> Intake:
    """How far metrics reach: in the slowest region of a plan that has some."""
    at, now = (row.environment, row.service), clock.now()
    here = ingest.take_in(work, *at, row.called_at or now, now, source)
    asked = Plan.from_json(row.deployment.plan).regions
    if not asked:
        return here
    return regions.slowest(
        here if region == core.REGION else regions.read(*at, region, now) for region in asked
    )


def listen(row: Drill, intake: Intake) -> Silence:
    """When the new release of a drill at 0 % served its last request."""
    source = intake.clock
    if intake.trouble or source is None or row.decided_at is None or row.zero_at is None:
        facts = {"reason": intake.reason, "region": intake.region}
        return Silence(why=intake.trouble or "metrics_unavailable", facts=facts)
    since = row.decided_at.timestamp() + intake.ahead
    found = _heard(row, since, row.zero_at.timestamp() + intake.ahead, intake, source.seconds)
    return Silence(
        _moment(found.last, intake.ahead),
        source.seconds,
        _moment(found.still, intake.ahead),
        found.why,
    )


def _heard(row: Drill, since: float, settled: float, intake: Intake, seconds: int) -> Heard:
    rows = MetricWindow.objects.filter(
        environment=row.environment, service=row.service,
        window__gt=since - seconds, window__lt=intake.until,
    )  # fmt: skip
    deployment = row.deployment
    tracks: dict[str, list[Any]] = {deployment.version: [], deployment.previous_version: []}
    for window, release in evidence.merged(rows.filter(release__in=list(tracks))):
        tracks[release].append(window)
    return silence.last_request(
        tracks[deployment.version],
        tracks[deployment.previous_version],
        since=since,
        settled=settled,
        until=intake.until,
        seconds=seconds,
    )


def _moment(seconds: float | None, ahead: float) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds - ahead, UTC)
