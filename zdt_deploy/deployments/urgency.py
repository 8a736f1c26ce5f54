"""What an emergency spares a deployment, while it holds. No I/O.

Time to be watched, and freezes; never a limit of the judge, nor the monitor.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from zdt_deploy.deployments import progress
from zdt_deploy.deployments.states import State

FREEZE = "freeze"
"""The condition of gates that an emergency passes."""


class Urgent(Protocol):
    """What is asked of a deployment."""

    state: Any
    step: Any
    plan: Any
    regions: Any
    emergency_until: datetime | None


def holds(deployment: Urgent, now: datetime) -> bool:
    """Whether two people have let it pass, and their time is not over."""
    until = deployment.emergency_until
    return until is not None and now < until


def bake_seconds(deployment: Urgent, now: datetime) -> float:
    """How long the present step has to be watched before the next one."""
    if deployment.state != State.BAKING and holds(deployment, now):
        return 0.0
    return progress.step_of(deployment).bake_seconds
