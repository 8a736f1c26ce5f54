"""The conditions that a freeze puts on every move towards more users."""

from __future__ import annotations

from zdt_core import gates, messages
from zdt_core.gates import Answer, Finding
from zdt_deploy.deployments import batches, clock, progress, urgency
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


@gates.condition(f"deployment.{Event.RESUME}", urgency.FREEZE)
def sends_nobody_again(deployment: Deployment) -> Finding:
    """To resume is free, unless regions that went back would get their users again."""
    return is_not_frozen(deployment) if progress.gone_back(deployment) else gates.open_()


@gates.condition(batches.STEP, urgency.FREEZE)
def replaces_nothing(deployment: Deployment) -> Finding:
    """With the next processes come the next users. An emergency passes, as it does elsewhere."""
    found = is_not_frozen(deployment)
    if found.answer is Answer.OPEN or not urgency.holds(deployment, clock.now()):
        return found
    return gates.open_()
