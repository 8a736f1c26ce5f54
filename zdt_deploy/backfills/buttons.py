"""What an operator may do with a backfill now, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core import messages
from zdt_core.events import Actor
from zdt_deploy.backfills import operations
from zdt_deploy.backfills.forms import PacingForm
from zdt_deploy.backfills.models import Backfill

RUN, CANCEL = "run_backfill", "cancel_backfill"
_WORKING = ("planning", "running")


@dataclass(frozen=True, slots=True)
class Button:
    """A button of the console: what it does, in which states, and what a person has to say.

    ``asks`` for a second look, ``typed`` for the name. ``kind`` is that of its event.
    """

    name: str
    kind: str
    label: Any
    effect: Any
    states: tuple[str, ...]
    permission: str = RUN
    asks: bool = False
    typed: bool = False
    needs_reason: bool = False

    def permitted(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm(f"zdt_deploy.{self.permission}"))


BUTTONS = {
    button.name: button
    for button in (
        Button(
            "pause",
            "backfill.paused",
            _("Pause"),
            _("Stop after the batches at work. What is done stays done."),
            _WORKING,
        ),
        Button(
            "resume", "backfill.resumed", _("Resume"), _("Go on where it stopped."), ("paused",)
        ),
        Button(
            "retry",
            "backfill.retried",
            _("Retry"),
            _("Do what is not done. Ranges go on where they were; rows that failed come again."),
            ("failed", "cancelled"),
        ),
        Button(
            "pace",
            "backfill.paced",
            _("Change the pacing"),
            _("Slower or faster, from the next batch on."),
            Backfill.LIVE,
            asks=True,
        ),
        Button(
            "cancel",
            "backfill.cancelled",
            _("Cancel"),
            _("End it. Rows that are done stay as they are; the rest waits for a retry."),
            Backfill.LIVE,
            CANCEL,
            asks=True,
            typed=True,
            needs_reason=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One button on one backfill for one person, or the reason there is none."""

    button: Button
    why_not: str


def offers(request: HttpRequest, backfill: Backfill) -> list[Offer]:
    """Every button that the backfill's state knows."""
    return [
        Offer(button, why_not(request, button))
        for button in BUTTONS.values()
        if backfill.state in button.states
    ]


def why_not(request: HttpRequest, button: Button) -> str:
    """Why this person may not; "" if they may."""
    if button.permitted(request):
        return ""
    return messages.text("permission_missing", {"permission": button.permission})


def act(
    button: Button, backfill: Backfill, actor: Actor, reason: str, form: PacingForm
) -> Backfill:
    """Do what ``button`` stands for. Raises Refused with nothing changed."""
    if button.name == "pace":
        return operations.set_pacing(
            backfill, form.paced, lanes=form.cleaned_data["lanes"], actor=actor, reason=reason
        )
    return _ACTS[button.name](backfill, actor=actor, reason=reason)


_ACTS: dict[str, Callable[..., Backfill]] = {
    "pause": operations.pause,
    "resume": operations.resume,
    "retry": operations.retry,
    "cancel": operations.cancel,
}
