"""What must be so before a deployment may move, as conditions of gates.

Other rooms add theirs: `gates.condition("deployment.advance", …)` is asked by every advance, and
"deployment.next_region" beside it by the one that enters another region, see `release_there`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zdt_core import gates
from zdt_core.gates import Finding, Verdict
from zdt_deploy.deployments import alive, clock, progress, urgency
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import Event, Strategy

STABLE_MAY_BE_GONE_FROM = 50
"""From this percentage up stable may have been scaled down, so that going back asks for it."""

FORCIBLE = frozenset({"stable_alive"})
"""Conditions that a person may override, on record."""


@gates.condition("deployment.start", "regions_known")
def regions_known(deployment: Deployment) -> Finding:
    """Every region of the plan is one that web processes name as theirs."""
    at = (deployment.environment, deployment.service)
    named = Plan.from_json(deployment.plan).regions
    known = alive.regions(*at) if named else []
    for region in named:
        if region not in known:
            facts = {"environment": at[0], "service": at[1], "known": ", ".join(known) or "-"}
            return gates.closed("region_unknown", region=region, **facts)
    return gates.open_()


@gates.condition("deployment.start", "canary_alive")
def canary_alive(deployment: Deployment) -> Finding:
    """A web process of the new release takes requests, in the first region of a plan that has
    regions."""
    if deployment.strategy == Strategy.ROLLING:
        return gates.open_()  # its processes are what it replaces, one batch after the other
    region = progress.step_of(deployment).region
    code = "region_without_release" if region else "no_live_process"
    at = (deployment.environment, deployment.service)
    return alive.condition(*at, deployment.version, code, region)


@gates.condition("deployment.start", "stable_alive")
def stable_alive(deployment: Deployment) -> Finding:
    """A web process of the stable release takes requests: it is the way back."""
    at = (deployment.environment, deployment.service)
    return alive.condition(*at, deployment.previous_version, "stable_not_alive")


@gates.condition("deployment.roll_back", "stable_alive")
def stable_can_take_everyone(deployment: Deployment) -> Finding:
    """Nobody is sent back to a release that is not there."""
    if deployment.strategy == Strategy.ROLLING:
        return gates.open_()  # who replaces processes starts them again
    if progress.most_of(deployment) < STABLE_MAY_BE_GONE_FROM:
        return gates.open_()
    return stable_alive(deployment)


def elsewhere(deployment: Deployment) -> list[str]:
    """The regions that have web processes, and that the plan does not name."""
    named = Plan.from_json(deployment.plan).regions
    known = alive.regions(deployment.environment, deployment.service)
    return [region for region in known if region not in named]


@gates.condition("deployment.next_region", "release_there")
def release_there(deployment: Deployment) -> Finding:
    """The next region has a web process of the new release; before the rest, all others have."""
    at = (deployment.environment, deployment.service)
    region = progress.next_region_of(deployment)
    for each in [region] if region else elsewhere(deployment):
        found = alive.condition(*at, deployment.version, "region_without_release", each)
        if found.answer is not gates.Answer.OPEN:
            return found
    return gates.open_()


def verdict(event: Event, deployment: Deployment, params: Mapping[str, Any] = {}) -> Verdict:
    """What all conditions of ``event`` say; ``params`` are its facts."""
    findings = gates.ask(f"deployment.{event.value}", deployment).findings
    goes_on = event in (Event.ADVANCE, Event.PROMOTE)
    if goes_on and progress.next_region_of(deployment) is not None:
        findings += gates.ask("deployment.next_region", deployment).findings
    if event is Event.RETREAT:
        findings += (_region_can_go_back(deployment, str(params.get("region", ""))),)
    return Verdict(f"deployment.{event.value}", findings)


def _region_can_go_back(deployment: Deployment, region: str) -> Finding:
    if progress.shares_of(deployment).get(region, 0) < STABLE_MAY_BE_GONE_FROM:
        return gates.open_()
    at = (deployment.environment, deployment.service)
    found = alive.condition(*at, deployment.previous_version, "region_without_release", region)
    return Finding(found.answer, found.code, found.params, "stable_alive")


def obstacles(event: Event, deployment: Deployment) -> list[Finding]:
    """What keeps ``event`` from happening now, if nothing is forced."""
    found = verdict(event, deployment).obstacles
    return [finding for finding in found if not _passes(finding, deployment)]


def require(
    event: Event, deployment: Deployment, params: Mapping[str, Any], *, force: bool
) -> list[dict[str, Any]]:
    """Raise Refused unless the gate of ``event`` is open. Returns what ``force`` or an emergency
    overrode."""
    asked = verdict(event, deployment, params)
    overridden = [
        finding
        for finding in asked.obstacles
        if (force and finding.condition in FORCIBLE) or _passes(finding, deployment)
    ]
    rest = tuple(finding for finding in asked.findings if finding not in overridden)
    Verdict(asked.step, rest).require()
    return [
        {"condition": finding.condition, "code": finding.code, "params": finding.params}
        for finding in overridden
    ]


def _passes(finding: Finding, deployment: Deployment) -> bool:
    """Whether the deployment is an emergency, and such ones pass this condition."""
    return finding.condition == urgency.FREEZE and urgency.holds(deployment, clock.now())
