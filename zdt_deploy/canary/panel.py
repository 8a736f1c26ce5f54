"""The evidence on a deployment's page: what it is held to, the numbers over time, the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zdt_core import messages
from zdt_core.console import panels
from zdt_deploy.canary import curves
from zdt_deploy.canary.criteria import Criterion, criteria, sureties
from zdt_deploy.canary.curves import Point
from zdt_deploy.canary.models import TrafficShare, Verdict
from zdt_deploy.deployments import looks
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import FINAL, State

SHOWN = 6


@panels.panel("deployment", _("Evidence"), "zdt_deploy/canary/evidence.html", order=30)
def evidence(request: HttpRequest, deployment: Deployment) -> dict[str, Any]:
    """What the monitor saw, newest first, and the published share."""
    verdicts = list(Verdict.objects.filter(deployment=deployment).order_by("-slot")[:SHOWN])
    share = TrafficShare.objects.filter(deployment=deployment).first()
    plan = Plan.from_json(deployment.plan)
    seen = curves.points(deployment) if verdicts else []
    drawn = curves.draw(deployment, seen)
    measured = next((point for point in reversed(seen) if point.canary), None)
    return {
        "rows": [_row(verdict) for verdict in verdicts],
        "criteria": criteria(plan, measured) + _sureties(plan, measured, verdicts),
        "tracks": _tracks(measured) if measured else [],
        "charts": drawn.charts,
        "marks": drawn.marks,
        "numbers": [p for p in reversed(drawn.numbers) if p.canary][: curves.TABLE_ROWS],
        "before": measured is not None and not measured.concurrent,
        "share": share if share is not None and share.stable_release else None,
        "published": [] if share is None else _by_region(share),
        "deployment": deployment,
        "pending": deployment.state == State.PENDING,
        "settled": deployment.state in FINAL,
    }


def _by_region(share: TrafficShare) -> list[str]:
    """The percentages of regions that have their own, in words; empty where none has."""
    if not share.regions:
        return []
    named = [f"{region} {percent.normalize():f} %" for region, percent in share.shares().items()
             if region]  # fmt: skip
    return [*named, gettext("elsewhere %s %%") % f"{share.percentage.normalize():f}"]


def _sureties(plan: Plan, measured: Point | None, verdicts: Sequence[Verdict]) -> list[Criterion]:
    """None where everyone has moved: there is nothing beside it that evidence could come from."""
    certainty = _certainty(verdicts)
    gathers = certainty is not None or measured is None or measured.concurrent
    return sureties(plan, certainty) if gathers else []


def _certainty(verdicts: Sequence[Verdict]) -> dict[str, Any] | None:
    """The newest, as a verdict without metrics records none."""
    recorded = (verdict.evidence.get("certainty") for verdict in verdicts)
    return next((certainty for certainty in recorded if certainty), None)


def _row(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "look": looks.of_outcome(verdict.outcome),
        "sentence": messages.text(verdict.code, verdict.params),
    }


def _tracks(point: Point) -> list[dict[str, Any]]:
    pairs = (("canary", point.canary), ("stable", point.stable))
    return [
        {
            "name": name,
            "error_percent": 100 * facts["errors"] / facts["requests"]
            if facts["requests"]
            else None,
            **facts,
        }
        for name, facts in pairs
        if facts
    ]
