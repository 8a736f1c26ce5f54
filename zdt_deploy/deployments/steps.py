"""The plan's steps as a list of progress: what is done, where it stands, what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zdt_deploy.deployments import durations, progress, urgency
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan, Step
from zdt_deploy.deployments.states import ACTIVE, State

_GOING_BACK = (State.ROLLING_BACK, State.STUCK, State.ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class StepView:
    """``percent`` of the present step's time has passed; None for the others. ``ended`` is where
    it was rolled back."""

    percentage: str
    bake: str
    current: bool
    done: bool
    percent: int | None = None
    watched: str = ""
    left: str = ""
    ended: bool = False
    region: str = ""


def steps(deployment: Deployment, now: datetime, unseen: float) -> list[StepView]:
    """Every step of the plan at ``now``; ``unseen`` seconds of the present one do not count."""
    plan = Plan.from_json(deployment.plan)
    return [_view(deployment, number, step, now, unseen) for number, step in enumerate(plan.steps)]


def seconds_to_everyone(deployment: Deployment, now: datetime, unseen: float) -> float | None:
    """The least time until everyone is on the new release; None where it is not on its way."""
    if deployment.state not in (State.SHIFTING, State.OBSERVING):
        return None
    rest = Plan.from_json(deployment.plan).steps[deployment.step :]
    if len(rest) < 2:
        return None
    if urgency.holds(deployment, now):
        return 0.0
    left = max(0.0, rest[0].bake_seconds - _watched(deployment, now, unseen))
    return left + sum(step.bake_seconds for step in rest[1:-1])


def _view(
    deployment: Deployment, number: int, step: Step, now: datetime, unseen: float
) -> StepView:
    share, bake = f"{step.percentage:f}", durations.rounded(step.bake_seconds)
    here = number == deployment.step
    back = number <= deployment.step and step.region in progress.gone_back(deployment)
    if deployment.state in _GOING_BACK or back:
        done = number < deployment.step and not back
        return StepView(share, bake, False, done, ended=here or back, region=step.region)
    if not here or deployment.state not in (*ACTIVE, State.BAKING):
        done = number < deployment.step or deployment.promoted_at is not None
        return StepView(share, bake, False, done, region=step.region)
    watched, needed = _watched(deployment, now, unseen), urgency.bake_seconds(deployment, now)
    return StepView(
        share, bake, current=True, done=False, region=step.region,
        percent=round(100 * min(1.0, watched / needed)) if needed else 100,
        watched=durations.rounded(watched),
        left=durations.rounded(needed - watched) if watched < needed else "",
    )  # fmt: skip


def _watched(deployment: Deployment, now: datetime, unseen: float) -> float:
    if not deployment.step_arrived:
        return 0.0
    since = deployment.step_since or deployment.state_since
    return max(0.0, (now - since).total_seconds() - unseen)
