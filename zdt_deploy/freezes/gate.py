"""The condition that a freeze puts on every move towards more users."""

from __future__ import annotations

from zdt_core import gates, messages
from zdt_core.gates import Finding
from zdt_deploy.deployments import urgency
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import Event
from zdt_deploy.freezes import standing
from zdt_deploy.freezes.standing import Held

FORWARD = (Event.START, Event.ADVANCE, Event.PROMOTE)


def is_not_frozen(deployment: Deployment) -> Finding:
    """No freeze holds where the deployment goes; one that cannot be read is not known to let go."""
    found = standing.of(deployment.environment, deployment.service)
    if found is None:
        return gates.open_()
    if isinstance(found, Held):
        code = "frozen" if found.until else "frozen_until_ended"
        return gates.closed(code, **found.facts)
    return gates.unknown(
        "freeze_unreadable",
        name=found.freeze.name,
        id=found.freeze.pk,
        why=messages.text(found.refusal.code, found.refusal.params),
    )


for _event in FORWARD:
    gates.condition(f"deployment.{_event}", urgency.FREEZE)(is_not_frozen)
