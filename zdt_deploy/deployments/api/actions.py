"""The moves that the API offers: the command line's words, as the last part of a URL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zdt_core.access.fields import Field
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.api import scopes
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import By, Event, State, allowed

REASON = Field("reason", "Why, for the record.", longest=2000)
FORCE = Field(
    "force",
    "Override what is asked of the stable release. It goes into the record.",
    ("boolean",),
    default=False,
)
CLOSE_WINDOW = Field(
    "close_window",
    "Agree to close the way back of the deployment before.",
    ("boolean",),
    default=False,
)
_REVISION = Field(
    "expected_revision",
    "Only if nobody moved the deployment since it had this revision.",
    ("integer",),
)
_REGION = Field("region", "Only this one; the deployment is paused elsewhere.", longest=40)
STEERING = (REASON, _REVISION)


@dataclass(frozen=True, slots=True)
class Action:
    word: str
    event: Event
    meaning: str
    act: Callable[..., Deployment]
    fields: tuple[Field, ...] = STEERING

    @property
    def scope(self) -> str:
        return scopes.of(self.event)


ACTIONS: dict[str, Action] = {
    action.word: action
    for action in (
        Action(
            "begin",
            Event.START,
            "Send the first users to a release that was recorded with hold.",
            machine.begin,
            (*STEERING, CLOSE_WINDOW, FORCE),
        ),
        Action("advance", Event.ADVANCE, "Go to the next step now.", machine.advance),
        Action(
            "pause",
            Event.PAUSE,
            "Keep the share as it is; it is still watched.",
            machine.pause,
        ),
        Action("resume", Event.RESUME, "Let the plan go on.", machine.resume),
        Action(
            "rollback",
            Event.ROLL_BACK,
            "Send everyone back to the stable release.",
            machine.take_back,
            (*STEERING, FORCE, _REGION),
        ),
        Action("retry", Event.RETRY, "Try the rest of a stuck rollback again.", machine.retry),
        Action(
            "settle",
            Event.FINISH_ROLLBACK,
            "Say, with a reason, that a stuck rollback is done.",
            machine.finish_rollback,
        ),
        Action(
            "complete",
            Event.COMPLETE,
            "Close the way back; before its time is over only with a reason.",
            machine.complete,
        ),
        Action(
            "cancel", Event.CANCEL, "Drop a deployment that nobody was sent to.", machine.cancel
        ),
    )
}
_WORDS = {action.event: word for word, action in ACTIONS.items()} | {
    Event.PROMOTE: "advance",
    Event.RETREAT: "rollback",
}


def possible(deployment: Deployment) -> list[str]:
    """The words that the deployment's state takes now."""
    events = allowed(State(deployment.state), By.PERSON)
    return list(dict.fromkeys(_WORDS[event] for event in events))
