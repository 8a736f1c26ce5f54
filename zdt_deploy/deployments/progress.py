"""Where a deployment stands in its plan: its step, its shares, and what comes next. No I/O."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Protocol

from zdt_core.exceptions import Refused
from zdt_deploy.deployments.plans import Plan, Step
from zdt_deploy.deployments.states import ACTIVE, Event, State, Strategy

ALL, NONE = Decimal(100), Decimal(0)
_WITHOUT_USERS = (State.ROLLING_BACK, State.STUCK)


EVERYWHERE = ""
"""Stands for all regions that are not named."""


class Placed(Protocol):
    """What a deployment's row has."""

    state: Any
    step: Any
    plan: Any
    regions: Any


def step_of(deployment: Placed) -> Step:
    """The step that the deployment is at."""
    return Plan.from_json(deployment.plan).steps[deployment.step]


def share_of(deployment: Placed) -> Decimal:
    """The percentage of users that the deployment's state sends to its new release; in a plan with
    regions, of the users of the present one."""
    shares = shares_of(deployment)
    return shares.get(step_of(deployment).region, shares[EVERYWHERE])


def shares_of(deployment: Placed) -> dict[str, Decimal]:
    """The percentage of each region that the plan names, and `EVERYWHERE` that of all others."""
    if deployment.state in (State.BAKING, State.COMPLETED):
        return {EVERYWHERE: ALL}
    if deployment.state not in ACTIVE or deployment.state in _WITHOUT_USERS:
        return {EVERYWHERE: NONE}
    plan = Plan.from_json(deployment.plan)
    shares = dict.fromkeys((EVERYWHERE, *plan.regions), NONE)
    shares |= {step.region: step.percentage for step in plan.steps[: deployment.step + 1]}
    return shares | dict.fromkeys(gone_back(deployment), NONE)


def most_of(deployment: Placed) -> Decimal:
    """The largest percentage of users that any region sends to the new release."""
    return max(shares_of(deployment).values())


def exposed(deployment: Placed) -> list[str]:
    """The regions of the plan that have users on the new release."""
    shares = shares_of(deployment)
    return [region for region in Plan.from_json(deployment.plan).regions if shares.get(region)]


def gone_back(deployment: Placed) -> list[str]:
    """The regions that went back to stable while others stayed."""
    return [region for region, facts in deployment.regions.items() if facts.get("back")]


def forward_of(deployment: Placed) -> Event:
    """The event that leads to the next step; the last step is everyone, so that it promotes.

    A rolling deployment promotes from its last step: who replaces processes takes time for it.
    """
    plan = Plan.from_json(deployment.plan)
    last = len(plan.steps) - (1 if plan.strategy is Strategy.ROLLING else 2)
    return Event.PROMOTE if deployment.step >= last else Event.ADVANCE


def next_step_of(deployment: Placed) -> Step | None:
    """The step after the present one; None at the last."""
    steps = Plan.from_json(deployment.plan).steps
    return steps[deployment.step + 1] if deployment.step + 1 < len(steps) else None


def next_region_of(deployment: Placed) -> str | None:
    """The region that the next step begins with, `EVERYWHERE` for the rest; None where the next
    step is of the same wave, or where there are no regions."""
    following, present = next_step_of(deployment), step_of(deployment).region
    return None if following is None or following.region == present else following.region


def retreat_of(deployment: Placed, region: str) -> Event:
    """The event that takes ``region`` back: everyone goes where no other has users.

    Raises Refused("region_not_in_plan" or "region_without_users").
    """
    regions = Plan.from_json(deployment.plan).regions
    if region not in regions:
        raise Refused("region_not_in_plan", region=region[:80], known=", ".join(regions) or "-")
    shares = shares_of(deployment)
    if not shares.get(region):
        raise Refused("region_without_users", region=region)
    others = any(share for name, share in shares.items() if name != region)
    return Event.RETREAT if others else Event.ROLL_BACK
