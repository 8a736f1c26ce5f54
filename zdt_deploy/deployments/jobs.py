"""The chores of deployments."""

from __future__ import annotations

import logging

from zdt_core import database, jobs
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State

ACTOR = Actor.system("deployments")
logger = logging.getLogger("zdt.deployments")


@jobs.ticker.every("deployments.close_windows", 10)
def close_windows() -> int:
    """Complete the deployments whose rollback window is over; how many."""
    over = Deployment.objects.filter(state=State.BAKING, window_until__lte=database.Now())
    return sum(_complete(pk) for pk in over.values_list("pk", flat=True))


def _complete(deployment_id: str) -> bool:
    try:
        machine.complete(deployment_id, actor=ACTOR, code="window_over")
    except Refused as refusal:  # somebody was quicker, or a gate is closed: the next turn sees
        logger.info("The window of %s stays open: %s", deployment_id, refusal)
        return False
    return True
