"""What must be so before a deployment may move, as conditions of gates.

Other rooms add theirs: `gates.condition("deployment.advance", …)` is asked by every advance.
"""

from __future__ import annotations

from typing import Any

from zdt_core import gates
from zdt_core.gates import Finding
from zdt_deploy.deployments import alive, clock, progress, urgency
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import Event

STABLE_MAY_BE_GONE_FROM = 50
"""From this percentage up stable may have been scaled down, so that going back asks for it."""

FORCIBLE = frozenset({"stable_alive"})
"""Conditions that a person may override, on record."""


@gates.condition("deployment.start", "canary_alive")
def canary_alive(deployment: Deployment) -> Finding:
    """A web process of the new release takes requests."""
    at = (deployment.environment, deployment.service)
    return alive.condition(*at, deployment.version, "no_live_process")


@gates.condition("deployment.start", "stable_alive")
def stable_alive(deployment: Deployment) -> Finding:
    """A web process of the stable release takes requests: it is the way back."""
    at = (deployment.environment, deployment.service)
    return alive.condition(*at, deployment.previous_version, "stable_not_alive")


@gates.condition("deployment.roll_back", "stable_alive")
def stable_can_take_everyone(deployment: Deployment) -> Finding:
    """Nobody is sent back to a release that is not there."""
    if progress.share_of(deployment) < STABLE_MAY_BE_GONE_FROM:
        return gates.open_()
    return stable_alive(deployment)


def obstacles(event: Event, deployment: Deployment) -> list[Finding]:
    """What keeps ``event`` from happening now, if nothing is forced."""
    found = gates.ask(f"deployment.{event.value}", deployment).obstacles
    return [finding for finding in found if not _passes(finding, deployment)]


def require(event: Event, deployment: Deployment, *, force: bool) -> list[dict[str, Any]]:
    """Raise Refused unless the gate of ``event`` is open. Returns what ``force`` or an emergency
    overrode."""
    verdict = gates.ask(f"deployment.{event.value}", deployment)
    overridden = [
        finding
        for finding in verdict.obstacles
        if (force and finding.condition in FORCIBLE) or _passes(finding, deployment)
    ]
    rest = tuple(finding for finding in verdict.findings if finding not in overridden)
    gates.Verdict(verdict.step, rest).require()
    return [
        {"condition": finding.condition, "code": finding.code, "params": finding.params}
        for finding in overridden
    ]


def _passes(finding: Finding, deployment: Deployment) -> bool:
    """Whether the deployment is an emergency, and such ones pass this condition."""
    return finding.condition == urgency.FREEZE and urgency.holds(deployment, clock.now())
