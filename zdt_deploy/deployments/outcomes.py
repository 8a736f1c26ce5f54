"""When somebody who waits for a deployment has waited long enough. No I/O."""

from __future__ import annotations

from zdt_deploy.deployments.states import State

REACHED: dict[str, tuple[State, ...]] = {
    "baking": (State.BAKING, State.COMPLETED),
    "completed": (State.COMPLETED,),
}
"""What one may wait for: everyone is on the release; the way back is closed."""

LOST = (State.ROLLED_BACK, State.CANCELLED)


def succeeded(state: str, until: str) -> bool | None:
    """Whether a deployment in ``state`` got ``until``; None while that is open."""
    if state in REACHED[until]:
        return True
    return False if state in LOST else None
