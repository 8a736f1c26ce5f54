"""Is everyone back on stable? Who is not, as a code with params; None once all are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zdt_deploy.canary import followers
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.canary.traffic import troubles
from zdt_deploy.conf import conf
from zdt_deploy.deployments import clock, replacing
from zdt_deploy.deployments.models import Deployment

Left = tuple[str, dict[str, Any]]


def routers_left(deployment: Deployment, old_until: datetime | None, region: str) -> Left | None:
    """The routers (of ``region``, where one is named) that have not followed, and why where that
    was told. Those that hear nothing go on with the old share until ``old_until``."""
    at, now = (deployment.environment, deployment.service), clock.now()
    row = TrafficShare.objects.filter(deployment=deployment).first()
    found = followers.of(*at, row.epoch if row else 0, region, deployment.version)
    seconds = (now - (row.changed_at if row else deployment.state_since)).total_seconds()
    lapsed = old_until is not None and now > old_until
    if followers.have_returned(found, seconds, conf.ROUTER_REFRESH_SECONDS, lapsed):
        return None
    told = troubles.of(*at, region=region)
    if not told:
        return "rollback_not_followed", {"instances": [*found.behind, *found.unheard]}
    return "rollback_not_applied", {"cause": told[0].code, "cause_params": told[0].params}


def processes_left(deployment: Deployment) -> Left | None:
    """What the fleet still has of the new release, where an orchestrator replaces processes."""
    fleet = replacing.fleet(deployment)
    if fleet.has_returned():
        return None
    facts = {"release": deployment.version, "previous": deployment.previous_version}
    left = {"left": len(fleet.lingering), "instances": list(fleet.lingering), "old": fleet.old}
    return "rollback_not_replaced", {**facts, **left}
