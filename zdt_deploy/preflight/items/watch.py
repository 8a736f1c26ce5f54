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
    if not _has_limit(plan) and not _has_evidence(plan):
        return failed("preflight_no_limit")
    there = {
        member.role
        for member in fleet.members(environment=deployment.environment, departed=False)
        if member.standing is Standing.LIVE
    }
    absent = [f"zdt_{role}" for role in _WATCHERS if role not in there]
    if absent:
        return failed("preflight_nobody_watches", absent=", ".join(absent))
    if not _has_limit(plan):
        return passed("preflight_watched_by_evidence")
    return passed("preflight_watched", points=f"{100 * plan.max_error_delta:g}")


def _has_limit(plan: Plan) -> bool:
    return plan.max_error_delta < 1


def _has_evidence(plan: Plan) -> bool:
    """Whether evidence can be found that errors are too many: not while everyone has moved."""
    compared = any(step.percentage < 100 for step in plan.steps)
    return plan.judge == SEQUENTIAL and plan.error_tolerance < 1 and compared


@item(
    "rollback_rehearsed",
    _("A rollback was rehearsed within a month"),
    by_hand=True,
    keeps_days=REHEARSED.days,
)
def rollback_rehearsed(deployment: Deployment) -> Seen:
    """By a drill, or by a rollback that happened."""
    return rehearsed.seen(deployment)
