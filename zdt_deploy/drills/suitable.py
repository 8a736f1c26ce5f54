"""What must be so before a rollback is rehearsed, as conditions of the gate "drill.begin".

A site may add its own: `gates.condition("drill.begin", "nobody_is_on_stage")`.
"""

from __future__ import annotations

from django.db.models import Sum

from zdt_core import gates
from zdt_core.gates import Finding
from zdt_deploy.canary.models import MetricWindow
from zdt_deploy.conf import conf as deploy
from zdt_deploy.deployments import alive, clock, judged, progress, unwatched, urgency
from zdt_deploy.deployments.guards import STABLE_MAY_BE_GONE_FROM
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL, State, Strategy
from zdt_deploy.drills.conf import conf
from zdt_deploy.drills.silence import LEAST_REQUESTS, QUIET_WINDOWS
from zdt_deploy.freezes import gate

GATE = "drill.begin"
SPLIT = (Strategy.CANARY.value, Strategy.REGIONAL.value)
"""Strategies that have a share of users on the new release for a while."""

_BLIND = ("blind", "missed")
_ON_THE_WAY_BACK = (State.ROLLING_BACK.value, State.STUCK.value)


@gates.condition(GATE, "environment")
def is_allowed(deployment: Deployment) -> Finding:
    """Its environment is one in which drills may take place."""
    named = conf.DRILL_ENVIRONMENTS
    if deployment.environment in named:
        return gates.open_()
    facts = {"environment": deployment.environment, "named": ", ".join(named) or "-"}
    return gates.closed("drill_not_allowed", **facts)


@gates.condition(GATE, "under_way")
def is_under_way(deployment: Deployment) -> Finding:
    """A step is observed, with fewer users on it than stable could need room for."""
    if deployment.strategy not in SPLIT:
        return gates.closed("drill_not_split", strategy=deployment.strategy)
    if deployment.state != State.OBSERVING:
        return gates.closed("drill_not_observed", id=deployment.pk, state=deployment.state)
    share = progress.most_of(deployment)
    if share >= STABLE_MAY_BE_GONE_FROM:
        return gates.closed("drill_too_large", share=f"{share:f}", most=STABLE_MAY_BE_GONE_FROM)
    return gates.open_()


@gates.condition(GATE, urgency.FREEZE)
def is_not_frozen(deployment: Deployment) -> Finding:
    """Nothing is frozen there: a drill can wait, and the release would not get back."""
    found = gate.is_not_frozen(deployment)
    if found.answer is not gates.Answer.CLOSED:
        return found
    return gates.closed("drill_frozen", **found.params)


@gates.condition(GATE, "calm")
def is_calm(deployment: Deployment) -> Finding:
    """Nobody in the environment has more urgent things to do."""
    now = clock.now()
    rows = Deployment.objects.filter(environment=deployment.environment).exclude(state__in=FINAL)
    for row in rows.order_by("created_at"):
        facts = {"id": row.pk, "version": row.version, "service": row.service}
        if urgency.holds(row, now):
            return gates.closed("drill_emergency", **facts)
        if row.state in _ON_THE_WAY_BACK:
            return gates.closed("drill_other_goes_back", **facts, state=row.state)
    return gates.open_()


@gates.condition(GATE, "watched")
def is_watched(deployment: Deployment) -> Finding:
    """The monitor sees it: what nobody sees cannot be timed."""
    verdict = judged.newest(deployment)
    if verdict is None:
        return gates.closed("drill_unjudged", id=deployment.pk)
    seconds = unwatched.seconds(deployment, verdict.at, clock.now())
    if seconds is not None:
        return gates.closed("drill_unwatched", id=deployment.pk, seconds=round(seconds))
    if verdict.outcome in _BLIND:
        facts = {"cause": verdict.code, "cause_params": verdict.params}
        return gates.closed("drill_blind", id=deployment.pk, **facts)
    return gates.open_()


@gates.condition(GATE, "heard")
def is_heard(deployment: Deployment) -> Finding:
    """All of its regions are: built-in metrics are one region's own, and only those of regional
    deployments are copied to where all are read."""
    built_in = deploy.METRIC_SOURCE.get("kind", "built_in") == "built_in"
    if deployment.strategy == Strategy.REGIONAL or not built_in:
        return gates.open_()
    found = alive.regions(deployment.environment, deployment.service)
    if len(found) < 2:
        return gates.open_()
    return gates.closed("drill_regions_unheard", regions=", ".join(found))


@gates.condition(GATE, "served")
def is_served(deployment: Deployment) -> Finding:
    """It serves requests: without them nothing would be measured."""
    rows = MetricWindow.objects.filter(
        environment=deployment.environment, service=deployment.service
    )
    newest = rows.order_by("-window").first()
    requests = 0
    if newest is not None:
        reach = newest.window - QUIET_WINDOWS * newest.seconds
        of_release = rows.filter(release=deployment.version, window__gt=reach)
        requests = of_release.aggregate(n=Sum("requests"))["n"] or 0
    if requests >= LEAST_REQUESTS:
        return gates.open_()
    facts = {"version": deployment.version, "requests": requests, "least": LEAST_REQUESTS}
    return gates.closed("drill_without_requests", **facts)


def obstacles(deployment: Deployment) -> list[Finding]:
    """What keeps a drill of ``deployment`` from beginning now."""
    return list(gates.ask(GATE, deployment).obstacles)


def require(deployment: Deployment) -> None:
    """Raise Refused unless a drill of ``deployment`` may begin now."""
    gates.ask(GATE, deployment).require()
