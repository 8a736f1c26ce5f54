"""What a move writes into the deployment's row, beside its state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from zdt_core import database
from zdt_deploy.deployments import alive
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import Event


def of(deployment: Deployment, event: Event) -> dict[str, Any]:
    """The fields that ``event`` changes; times are the database's."""
    match event:
        case Event.START:
            return {**_step(deployment, 0), "started_at": database.Now()}
        case Event.ADVANCE:
            return _step(deployment, deployment.step + 1)
        case Event.ARRIVE | Event.SEE:
            return _arrival(deployment)
        case Event.PROMOTE:
            return _promotion(deployment)
        case Event.COMPLETE | Event.CANCEL | Event.FINISH_ROLLBACK:
            return {"finished_at": database.Now()}
        case _:
            return {}


def _step(deployment: Deployment, number: int) -> dict[str, Any]:
    found = alive.count(deployment.environment, deployment.service, deployment.version)
    return {
        "step": number,
        "step_since": database.Now(),
        "step_arrived": False,
        "instances": max(deployment.instances, found),
    }


def _arrival(deployment: Deployment) -> dict[str, Any]:
    """The step is watched from its first arrival; one paused or held meanwhile goes on."""
    if deployment.step_arrived:
        return {}
    return {"step_since": database.Now(), "step_arrived": True}


def _promotion(deployment: Deployment) -> dict[str, Any]:
    """The last step, unless the deployment is there (blue-green has no other)."""
    plan = Plan.from_json(deployment.plan)
    last = len(plan.steps) - 1
    step = _step(deployment, last) if deployment.step < last else {}
    return {
        **step,
        "promoted_at": database.Now(),
        "window_until": database.Now() + timedelta(seconds=plan.rollback_window_seconds),
    }
