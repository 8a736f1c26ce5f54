"""May the next processes be replaced? What a rolling deployment answers before each batch.

Conditions of the gate "deployment.batch"; other rooms may add theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

from zdt_core import gates
from zdt_core.gates import Answer, Finding, Verdict
from zdt_deploy.deployments import clock, judged, progress, replacing, unwatched
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.replacing import Fleet
from zdt_deploy.deployments.states import FINAL, State, Strategy

STEP = "deployment.batch"
_CLOSED = {
    State.PENDING: "batch_not_begun",
    State.PAUSED: "batch_paused",
    State.HELD: "batch_held",
    State.BAKING: "batch_done",
    State.COMPLETED: "batch_done",
}
_ENDS = ("batch_going_back", "batch_done", "batch_not_rolling", "batch_dropped")


@dataclass(frozen=True, slots=True)
class Batch:
    """The gate's answer: ``finding`` is what decides, ``most`` how many may be replaced now."""

    verdict: Verdict
    fleet: Fleet
    most: int

    @property
    def answer(self) -> Answer:
        return self.verdict.answer

    @property
    def finding(self) -> Finding:
        """The first obstacle, closed ones first; where there is none, that it is open."""
        ranked = sorted(self.verdict.obstacles, key=lambda found: found.answer != Answer.CLOSED)
        return ranked[0] if ranked else Finding(Answer.OPEN, "batch_open", {"count": self.most})

    @property
    def is_over(self) -> bool:
        """True when it will not open any more."""
        return self.finding.code in _ENDS


def ask(deployment: Deployment) -> Batch:
    """May the next processes be replaced?"""
    fleet = replacing.fleet(deployment)
    verdict = gates.ask(STEP, deployment)
    most = fleet.missing(progress.step_of(deployment).percentage) if verdict.is_open else 0
    return Batch(verdict, fleet, most)


@gates.condition(STEP, "under_way")
def under_way(deployment: Deployment) -> Finding:
    """It is a rolling deployment, and nobody holds it."""
    facts = {"version": deployment.version, "state": deployment.state}
    if deployment.strategy != Strategy.ROLLING:
        return gates.closed("batch_not_rolling", **facts, strategy=deployment.strategy)
    state = State(deployment.state)
    if state in (State.SHIFTING, State.OBSERVING):
        return gates.open_()
    code = _CLOSED.get(state, "batch_dropped" if state == State.CANCELLED else "batch_going_back")
    cause = {"cause": deployment.code, "cause_params": deployment.params}
    return gates.closed(code, **facts, previous=deployment.previous_version, **cause)


@gates.condition(STEP, "room")
def room(deployment: Deployment) -> Finding:
    """Fewer processes are new than the present step has."""
    if deployment.strategy != Strategy.ROLLING or deployment.state in FINAL:
        return gates.open_()
    step, fleet = progress.step_of(deployment), replacing.fleet(deployment)
    if fleet.silent:
        names = ", ".join(fleet.silent[:5])
        return gates.unknown("batch_fleet_silent", count=len(fleet.silent), instances=names)
    if not fleet.new + fleet.old:
        return gates.unknown("batch_fleet_empty")
    if fleet.missing(step.percentage):
        return gates.open_()
    facts = {"new": fleet.new, "all": fleet.new + fleet.old, "share": f"{step.percentage:f}"}
    return gates.closed("batch_observed", **facts)


@gates.condition(STEP, "watched")
def watched(deployment: Deployment) -> Finding:
    """The monitor looks, and sees."""
    verdict = judged.newest(deployment)
    seconds = unwatched.seconds(deployment, verdict and verdict.at, clock.now())
    if seconds is not None:
        return gates.unknown("batch_unwatched", seconds=round(seconds))
    if judged.is_blind(verdict) and deployment.state not in FINAL:
        return gates.unknown("batch_blind", cause=verdict.code, cause_params=verdict.params)
    return gates.open_()


@gates.condition("deployment.promote", "all_replaced")
def all_replaced(deployment: Deployment) -> Finding:
    """No process of another release is left when a rolling deployment is promoted."""
    if deployment.strategy != Strategy.ROLLING:
        return gates.open_()
    found = replacing.fleet(deployment)
    if found.silent:
        names = ", ".join(found.silent[:5])
        return gates.unknown("batch_fleet_silent", count=len(found.silent), instances=names)
    if found.has_reached(progress.ALL):
        return gates.open_()
    return gates.closed("processes_left", new=found.new, old=found.old, release=deployment.version)
