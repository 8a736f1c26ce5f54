"""Where a deployment stands in its plan: its step, its share, and what comes next. No I/O."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Protocol

from zdt_deploy.deployments.plans import Plan, Step
from zdt_deploy.deployments.states import ACTIVE, Event, State

ALL, NONE = Decimal(100), Decimal(0)
_WITHOUT_USERS = (State.ROLLING_BACK, State.STUCK)


class Placed(Protocol):
    """What a deployment's row has."""

    state: Any
    step: Any
    plan: Any


def step_of(deployment: Placed) -> Step:
    """The step that the deployment is at."""
    return Plan.from_json(deployment.plan).steps[deployment.step]


def share_of(deployment: Placed) -> Decimal:
    """The percentage of users that the deployment's state sends to its new release."""
    if deployment.state in (State.BAKING, State.COMPLETED):
        return ALL
    if deployment.state in ACTIVE and deployment.state not in _WITHOUT_USERS:
        return step_of(deployment).percentage
    return NONE


def forward_of(deployment: Placed) -> Event:
    """The event that leads to the next step; the last step is everyone, so that it promotes."""
    last = len(Plan.from_json(deployment.plan).steps) - 1
    return Event.PROMOTE if deployment.step >= last - 1 else Event.ADVANCE


def next_step_of(deployment: Placed) -> Step | None:
    """The step after the present one; None at the last."""
    steps = Plan.from_json(deployment.plan).steps
    return steps[deployment.step + 1] if deployment.step + 1 < len(steps) else None
