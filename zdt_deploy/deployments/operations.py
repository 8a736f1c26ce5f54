"""What an operator may do with a deployment now, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from zdt_core import gates, messages
from zdt_deploy.deployments import machine, progress
from zdt_deploy.deployments.confirming import Demand, demand
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import PERMISSIONS, By, Event, State, allowed


@dataclass(frozen=True, slots=True)
class Operation:
    """A button of the console: its event, what it does in words, and when it is possible at all.

    What a person has to say for it is in `confirming`.
    """

    name: str
    event: Event
    label: Any
    effect: Any
    when: Any
    act: Callable[..., Deployment]

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
            gettext_lazy("Before the first users are sent to it."),
            machine.begin,
        ),
        Operation(
            "advance",
            Event.ADVANCE,
            gettext_lazy("Advance"),
            gettext_lazy("Send the next step's share of users to the new release now."),
            gettext_lazy("While a step is watched."),
            machine.advance,
        ),
        Operation(
            "pause",
            Event.PAUSE,
            gettext_lazy("Pause"),
            gettext_lazy("Keep the share as it is; the monitor goes on watching."),
            gettext_lazy("While a share is live and nobody has paused it."),
            machine.pause,
        ),
        Operation(
            "resume",
            Event.RESUME,
            gettext_lazy("Resume"),
            gettext_lazy("Let the plan go on."),
            gettext_lazy("While it is paused."),
            machine.resume,
        ),
        Operation(
            "rollback",
            Event.ROLL_BACK,
            gettext_lazy("Roll back"),
            gettext_lazy("Send everyone back to the stable release."),
            gettext_lazy("From the first traffic until the way back is closed."),
            machine.roll_back,
        ),
        Operation(
            "retry",
            Event.RETRY,
            gettext_lazy("Try again"),
            gettext_lazy("Try the rest of the rollback again."),
            gettext_lazy("When a rollback is stuck."),
            machine.retry,
        ),
        Operation(
            "finish",
            Event.FINISH_ROLLBACK,
            gettext_lazy("Everyone is back"),
            gettext_lazy("Say, by your word, that everyone is on stable."),
            gettext_lazy("When a rollback is stuck."),
            machine.finish_rollback,
        ),
        Operation(
            "complete",
            Event.COMPLETE,
            gettext_lazy("Complete"),
            gettext_lazy("Close the way back: the new release becomes the stable one."),
            gettext_lazy("Once everyone is on the new release."),
            machine.complete,
        ),
        Operation(
            "cancel",
            Event.CANCEL,
            gettext_lazy("Cancel"),
            gettext_lazy("Drop it before anybody is sent to the new release."),
            gettext_lazy("Before the first users are sent to it."),
            machine.cancel,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One operation on one deployment for one person: a button, or the reason there is none."""

    operation: Operation
    why_not: str
    demand: Demand

    @property
    def available(self) -> bool:
        return not self.why_not


def offers(request: HttpRequest, deployment: Deployment, *, well: bool) -> list[Offer]:
    """Every operation that the deployment's state knows, each with its obstacle if it has one.

    ``well`` is True when the monitor's newest verdict is good.
    """
    possible = allowed(State(deployment.state), By.PERSON)
    return [
        Offer(
            operation,
            _why_not(request, deployment, operation),
            demand(operation.event, deployment, well=well),
        )
        for operation in OPERATIONS.values()
        if operation.event in possible
    ]


def elsewhere(deployment: Deployment) -> list[Operation]:
    """The operations that the deployment's state does not know."""
    possible = allowed(State(deployment.state), By.PERSON)
    return [each for each in OPERATIONS.values() if each.event not in possible]


def _why_not(request: HttpRequest, deployment: Deployment, operation: Operation) -> str:
    if not operation.permitted(request):
        return messages.text("permission_missing", {"permission": operation.permission})
    event = operation.event
    if event is Event.ADVANCE:
        event = progress.forward_of(deployment)
    obstacles = gates.ask(f"deployment.{event.value}", deployment).obstacles
    return " ".join(messages.text(found.code, found.params) for found in obstacles)
