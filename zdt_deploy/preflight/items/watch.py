"""Who would notice that a release is bad, and whether going back was tried."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from zdt_core import fleet
from zdt_core.fleet import Standing
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import SEQUENTIAL, Plan
from zdt_deploy.drills import rehearsed
from zdt_deploy.preflight.registry import item
from zdt_deploy.preflight.results import Seen, failed, passed

REHEARSED = timedelta(days=31)
_WATCHERS = ("worker", "ticker")


@item("rollback_triggers", _("Errors trigger a rollback by themselves"))
def rollback_triggers(deployment: Deployment) -> Seen:
    """The plan has limits that can be crossed, and somebody is there to look."""
    plan = Plan.from_json(deployment.plan)
    if plan.judge != SEQUENTIAL and plan.max_error_delta >= 1:
        return failed("preflight_no_limit")
    there = {
        member.role
        for member in fleet.members(environment=deployment.environment, departed=False)
        if member.standing is Standing.LIVE
    }
    absent = [f"zdt_{role}" for role in _WATCHERS if role not in there]
    if absent:
        return failed("preflight_nobody_watches", absent=", ".join(absent))
    return passed("preflight_watched", points=f"{100 * plan.max_error_delta:g}")


@item(
    "rollback_rehearsed",
    _("A rollback was rehearsed within a month"),
    by_hand=True,
    keeps_days=REHEARSED.days,
)
def rollback_rehearsed(deployment: Deployment) -> Seen:
    """By a drill, or by a rollback that happened."""
    return rehearsed.seen(deployment)
