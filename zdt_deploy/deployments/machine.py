"""The moves that a deployment may make, each in one transaction with its event.

Every function takes the deployment's id and who asks, returns the deployment in its new state, and
raises `Refused` with nothing changed: "illegal_move" where the state does not allow it,
"stale_revision" (`Stale`) where ``expected_revision`` is not the row's any more, or the code of the
gate's condition that is not open. `moved` is sent inside the transaction.
"""

from __future__ import annotations

from typing import Any

from zdt_core.events import Actor
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.moving import perform
from zdt_deploy.deployments.request import Request
from zdt_deploy.deployments.starting import begin, start
from zdt_deploy.deployments.states import Event

__all__ = [
    "advance", "arrive", "begin", "cancel", "complete", "finish_rollback", "go_stuck", "hold",
    "pause", "promote", "resume", "retreat", "retry", "roll_back", "see", "start", "take_back",
]  # fmt: skip


class Operation:
    """An event as a function."""

    def __init__(self, event: Event, meaning: str) -> None:
        self.event, self.__doc__ = event, meaning

    def __call__(
        self,
        deployment_id: str,
        *,
        actor: Actor,
        reason: str = "",
        expected_revision: int | None = None,
        code: str = "",
        params: dict[str, Any] | None = None,
        force: bool = False,
    ) -> Deployment:
        ask = Request(self.event, actor, reason, expected_revision, code, dict(params or {}), force)
        return perform(deployment_id, ask)


advance = Operation(Event.ADVANCE, "Publish the next step's share; reaching all is to promote.")
pause = Operation(Event.PAUSE, "Keep the share as it is; the monitor goes on watching.")
resume = Operation(Event.RESUME, "Let the plan go on.")
roll_back = Operation(
    Event.ROLL_BACK,
    "Send everyone back to stable. From 50 % up a process of stable must be live, unless forced.",
)
retreat = Operation(
    Event.RETREAT,
    "Send the region that ``params`` name back to stable and stop there; the others stay.",
)


def take_back(deployment_id: str, *, region: str | None = None, **given: Any) -> Deployment:
    """`roll_back`, or `retreat` from ``region`` where one is named; takes what these do."""
    if not region:
        return roll_back(deployment_id, **given)
    return retreat(deployment_id, **given, params={"region": region})


complete = Operation(
    Event.COMPLETE, "Close the way back; before its window is over only with a reason."
)
cancel = Operation(Event.CANCEL, "Drop a deployment that nobody was sent to.")
retry = Operation(Event.RETRY, "Try the rest of a stuck rollback again.")

arrive = Operation(Event.ARRIVE, "Every router has seen the share.")
hold = Operation(Event.HOLD, "Nothing moves until the monitor can judge.")
see = Operation(Event.SEE, "The monitor can judge again.")
promote = Operation(Event.PROMOTE, "Send everyone to the new release, and keep the way back.")
finish_rollback = Operation(
    Event.FINISH_ROLLBACK, "Everyone is on stable; a person may say so of a stuck rollback."
)
go_stuck = Operation(Event.GO_STUCK, "Going back needs a person.")
