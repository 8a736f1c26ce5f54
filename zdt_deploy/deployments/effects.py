"""What a move writes into the deployment's row, beside its state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from zdt_core import database
from zdt_deploy.deployments import alive, clock, progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import Event


def of(deployment: Deployment, event: Event, params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that ``event`` with ``params`` changes; times are the database's."""
    match event:
        case Event.START:
            return {**_step(deployment, 0), "started_at": database.Now()}
        case Event.ADVANCE:
            return _step(deployment, deployment.step + 1)
        case Event.ARRIVE | Event.SEE:
            return _arrival(deployment)
        case Event.RETREAT:
            return _retreat(deployment, str(params["region"]))
        case Event.RESUME:
            return _second_try(deployment)
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
        **_since(deployment, Plan.from_json(deployment.plan).steps[number].region),
    }


def _since(deployment: Deployment, *regions: str) -> dict[str, Any]:
    """Since when each of ``regions`` has had its share."""
    now = clock.now().isoformat()
    since = {region: {"since": now} for region in regions if region}
    return {"regions": {**deployment.regions, **since}} if since else {}


def _retreat(deployment: Deployment, region: str) -> dict[str, Any]:
    """Since when the region is back, and the revision that tells this retreat from others."""
    went = {"back": deployment.revision + 1, "since": clock.now().isoformat()}
    return {"regions": {**deployment.regions, region: went}}


def _second_try(deployment: Deployment) -> dict[str, Any]:
    """Regions that went back are tried again, and the step is watched from the beginning."""
    back = progress.gone_back(deployment)
    if not back:
        return {}
    again = {"step_since": database.Now(), "step_arrived": False}
    return {**again, **_since(deployment, *back)}


def _arrival(deployment: Deployment) -> dict[str, Any]:
    """The step is watched from its first arrival; one paused or held meanwhile goes on."""
    if deployment.step_arrived:
        return {}
    region = progress.step_of(deployment).region
    return {"step_since": database.Now(), "step_arrived": True, **_since(deployment, region)}


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
