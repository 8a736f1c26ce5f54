"""A release that is only planned, as a deployment that is not recorded."""

from __future__ import annotations

from zdt_core.exceptions import Refused
from zdt_deploy.deployments import registering, stable
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import State


def release(
    version: str, *, service: str, environment: str, plan: Plan, previous: str | None = None
) -> Deployment:
    """The deployment that a start would record; it is not saved.

    Where nobody can tell the stable release it has none, and what asks for it is unknown. Raises
    Refused where a name is malformed.
    """
    registering.check_names(version, service, environment)
    try:
        known = stable.find(environment, service, version, previous, force=True)
    except Refused:
        known = previous or ""
    return Deployment(
        service=service,
        environment=environment,
        version=version,
        previous_version=known,
        strategy=plan.strategy.value,
        plan=plan.to_json(),
        state=State.PENDING.value,
    )
