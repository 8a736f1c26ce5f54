"""What an operator may do with a deployment now, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from zdt_core import messages
from zdt_core.console.buttons import Button, Offer
from zdt_deploy.deployments import guards, machine, progress
from zdt_deploy.deployments.confirming import demand
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import PERMISSIONS, By, Event, State, Strategy, allowed


@dataclass(frozen=True, slots=True)
class Operation(Button):
    """The button of an event; ``when`` says when it is possible at all.

    What a person has to say for it is in `confirming`.
    """

    event: Event
    when: Any
    act: Callable[..., Deployment]


def _operation(
    name: str,
    event: Event,
    label: Any,
    effect: Any,
    when: Any,
    act: Callable[..., Deployment],
    **danger: bool,
) -> Operation:
    permission = f"zdt_deploy.{PERMISSIONS[event]}"
    kind = f"deployment.{name}"
    return Operation(name, kind, label, effect, permission, event, when, act, **danger)


OPERATIONS = {
    operation.name: operation
    for operation in (
        _operation(
            "begin",
            Event.START,
            gettext_lazy("Begin"),
            gettext_lazy("Send the first step's share of users to the new release."),
            gettext_lazy("Before the first users are sent to it."),
            machine.begin,
        ),
        _operation(
            "advance",
            Event.ADVANCE,
            gettext_lazy("Advance"),
            gettext_lazy("Go on to the next step's share now."),
            gettext_lazy("While a step is watched."),
            machine.advance,
        ),
        _operation(
            "pause",
            Event.PAUSE,
            gettext_lazy("Pause"),
            gettext_lazy("Keep the share as it is; the monitor goes on watching."),
            gettext_lazy("While a share is live and nobody has paused it."),
            machine.pause,
        ),
        _operation(
            "resume",
            Event.RESUME,
            gettext_lazy("Resume"),
            gettext_lazy("Let the plan go on."),
            gettext_lazy("While it is paused."),
            machine.resume,
        ),
        _operation(
            "rollback",
            Event.ROLL_BACK,
            gettext_lazy("Roll back"),
            gettext_lazy("Send everyone back to the stable release."),
            gettext_lazy("From the first traffic until the way back is closed."),
            machine.roll_back,
            danger=True,
        ),
        _operation(
            "retreat",
            Event.RETREAT,
            gettext_lazy("Take one region back"),
            gettext_lazy(
                "Send the users of one region back to the stable release, and pause; other regions "
                "keep their share."
            ),
            gettext_lazy("While users of several regions are on the new release."),
            machine.take_back,
            danger=True,
        ),
        _operation(
            "retry",
            Event.RETRY,
            gettext_lazy("Try again"),
            gettext_lazy("Try the rest of the rollback again."),
            gettext_lazy("When a rollback is stuck."),
            machine.retry,
        ),
        _operation(
            "finish",
            Event.FINISH_ROLLBACK,
            gettext_lazy("Everyone is back"),
            gettext_lazy("Say, by your word, that everyone is on stable."),
            gettext_lazy("When a rollback is stuck."),
            machine.finish_rollback,
        ),
        _operation(
            "complete",
            Event.COMPLETE,
            gettext_lazy("Complete"),
            gettext_lazy("Close the way back: the new release becomes the stable one."),
            gettext_lazy("Once everyone is on the new release."),
            machine.complete,
        ),
        _operation(
            "cancel",
            Event.CANCEL,
            gettext_lazy("Cancel"),
            gettext_lazy("Drop it before anybody is sent to the new release."),
            gettext_lazy("Before the first users are sent to it."),
            machine.cancel,
        ),
    )
}


def offers(request: HttpRequest, deployment: Deployment, *, well: bool) -> list[Offer]:
    """Every operation that the deployment's state knows, each with its obstacle if it has one.

    ``well`` is True when the monitor's newest verdict is good.
    """
    possible = _possible(deployment)
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
    possible = _possible(deployment)
    regional = deployment.strategy == Strategy.REGIONAL
    return [
        each
        for each in OPERATIONS.values()
        if each.event not in possible and (regional or each.event is not Event.RETREAT)
    ]


def _possible(deployment: Deployment) -> list[Event]:
    """What the state takes; who is alone on the new release goes back with everyone."""
    events = allowed(State(deployment.state), By.PERSON)
    several = len(progress.exposed(deployment)) > 1
    return [event for event in events if several or event is not Event.RETREAT]


def _why_not(request: HttpRequest, deployment: Deployment, operation: Operation) -> str:
    if forbidden := operation.forbidden(request):
        return forbidden
    event = operation.event
    if event is Event.ADVANCE:
        event = progress.forward_of(deployment)
    obstacles = guards.obstacles(event, deployment)
    return " ".join(messages.text(found.code, found.params) for found in obstacles)
