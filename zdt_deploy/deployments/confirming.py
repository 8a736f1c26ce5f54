"""What a person must say before an operation is done: a reason, a look twice, the version typed.

| operation | asks first | types the version |
|---|---|---|
| roll back, take one region back | always | while the monitor says that all is well |
| complete, "everyone is back" | always | always: the way back closes |
| advance, begin | when everyone is next | when everyone is next |

Everything else is done at once. The rules know no I/O.
"""

from __future__ import annotations

from zdt_core.console.asked import Demand
from zdt_deploy.deployments import progress
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.progress import Placed
from zdt_deploy.deployments.states import Event, State

REASONS = frozenset(
    {Event.ADVANCE, Event.ROLL_BACK, Event.RETREAT, Event.FINISH_ROLLBACK, Event.COMPLETE}
)
"""Events that need a reason of the person who causes them."""


def demand(event: Event, deployment: Placed, *, well: bool) -> Demand:
    """What ``event`` takes now; ``well`` is True when the monitor's newest verdict is good."""
    reason = event in REASONS
    if event in (Event.ROLL_BACK, Event.RETREAT):
        return Demand(reason, asks=True, typed=well and deployment.state != State.HELD)
    final = event in (Event.COMPLETE, Event.FINISH_ROLLBACK) or _reaches_everyone(event, deployment)
    return Demand(reason, asks=final, typed=final)


def _reaches_everyone(event: Event, deployment: Placed) -> bool:
    if event is Event.START:
        return Plan.from_json(deployment.plan).steps[0].percentage == progress.ALL
    return event is Event.ADVANCE and progress.forward_of(deployment) is Event.PROMOTE
