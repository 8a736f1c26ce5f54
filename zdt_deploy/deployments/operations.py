"""What an operator may do with a deployment now, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from zdt_core import gates, messages
from zdt_deploy.deployments import machine, progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import PERMISSIONS, By, Event, State, allowed


@dataclass(frozen=True, slots=True)
class Operation:
    """A button of the console: its event and what it does in words.

    ``needs_reason`` asks for a reason, ``typed`` for the version to be typed as confirmation.
    """

    name: str
    event: Event
    label: Any
    effect: Any
    act: Callable[..., Deployment]
    needs_reason: bool = False
    typed: bool = False

    @property
    def permission(self) -> str:
        return PERMISSIONS[self.event]

    def permitted(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm(f"zdt_deploy.{self.permission}"))


OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation(
            "begin",
            Event.START,
            gettext_lazy("Begin"),
            gettext_lazy("Send the first step's share of users to the new release."),
            machine.begin,
        ),
        Operation(
            "advance",
            Event.ADVANCE,
            gettext_lazy("Advance"),
            gettext_lazy("Send the next step's share of users to the new release now."),
            machine.advance,
            needs_reason=True,
        ),
        Operation(
            "pause",
            Event.PAUSE,
            gettext_lazy("Pause"),
            gettext_lazy("Keep the share as it is; the monitor goes on watching."),
            machine.pause,
        ),
        Operation(
            "resume",
            Event.RESUME,
            gettext_lazy("Resume"),
            gettext_lazy("Let the plan go on."),
            machine.resume,
        ),
        Operation(
            "rollback",
            Event.ROLL_BACK,
            gettext_lazy("Roll back"),
            gettext_lazy("Send everyone back to the stable release."),
            machine.roll_back,
            needs_reason=True,
        ),
        Operation(
            "retry",
            Event.RETRY,
            gettext_lazy("Try again"),
            gettext_lazy("Try the rest of the rollback again."),
            machine.retry,
        ),
        Operation(
            "finish",
            Event.FINISH_ROLLBACK,
            gettext_lazy("Everyone is back"),
            gettext_lazy("Say, by your word, that everyone is on stable."),
            machine.finish_rollback,
            needs_reason=True,
            typed=True,
        ),
        Operation(
            "complete",
            Event.COMPLETE,
            gettext_lazy("Complete"),
            gettext_lazy("Close the way back: the new release becomes the stable one."),
            machine.complete,
            needs_reason=True,
            typed=True,
        ),
        Operation(
            "cancel",
            Event.CANCEL,
            gettext_lazy("Cancel"),
            gettext_lazy("Drop it before anybody is sent to the new release."),
            machine.cancel,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One operation on one deployment for one person: a button, or the reason there is none."""

    operation: Operation
    why_not: str

    @property
    def available(self) -> bool:
        return not self.why_not


def offers(request: HttpRequest, deployment: Deployment) -> list[Offer]:
    """Every operation that the deployment's state knows, each with its obstacle if it has one."""
    possible = allowed(State(deployment.state), By.PERSON)
    return [
        Offer(operation, _why_not(request, deployment, operation))
        for operation in OPERATIONS.values()
        if operation.event in possible
    ]


def _why_not(request: HttpRequest, deployment: Deployment, operation: Operation) -> str:
    if not operation.permitted(request):
        return messages.text("permission_missing", {"permission": operation.permission})
    event = operation.event
    if event is Event.ADVANCE:
        event = progress.forward_of(deployment)
    obstacles = gates.ask(f"deployment.{event.value}", deployment).obstacles
    return " ".join(messages.text(found.code, found.params) for found in obstacles)
