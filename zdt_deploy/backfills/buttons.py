"""What an operator may do with a backfill now, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core.console.asked import Demand
from zdt_core.console.buttons import Button, Offer
from zdt_core.events import Actor
from zdt_deploy.backfills import operations, retrying
from zdt_deploy.backfills.forms import PacingForm
from zdt_deploy.backfills.models import Backfill

RUN, CANCEL = "zdt_deploy.run_backfill", "zdt_deploy.cancel_backfill"
_WORKING = ("planning", "running")
_AT_ONCE = Demand()


@dataclass(frozen=True, slots=True)
class BackfillButton(Button):
    """A button, in which states it means anything, and what a person has to say."""

    states: tuple[str, ...]
    demand: Demand = _AT_ONCE


BUTTONS = {
    button.name: button
    for button in (
        BackfillButton(
            "pause",
            "backfill.paused",
            _("Pause"),
            _("Finish the batches under way, then stop. What is done stays done."),
            RUN,
            _WORKING,
        ),
        BackfillButton(
            "resume",
            "backfill.resumed",
            _("Resume"),
            _("Go on where it stopped."),
            RUN,
            ("paused",),
        ),
        BackfillButton(
            "retry",
            "backfill.retried",
            _("Retry"),
            _("Do what is not done. Ranges go on where they were; rows that failed come again."),
            RUN,
            ("failed", "cancelled"),
        ),
        BackfillButton(
            "pace",
            "backfill.paced",
            _("Change the pacing"),
            _("Slower or faster, from the next batch on."),
            RUN,
            Backfill.LIVE,
            Demand(asks=True),
        ),
        BackfillButton(
            "cancel",
            "backfill.cancelled",
            _("Cancel the backfill"),
            _("End it. Rows that are done stay done, the others stay as they are."),
            CANCEL,
            Backfill.LIVE,
            Demand(reason=True, asks=True, typed=True),
            danger=True,
        ),
    )
}


def offers(request: HttpRequest, backfill: Backfill) -> list[Offer]:
    """Every button that the backfill's state knows, or why there is none now."""
    return [
        Offer(button, button.forbidden(request) or _why_not(button, backfill), button.demand)
        for button in BUTTONS.values()
        if backfill.state in button.states
    ]


def act(
    button: BackfillButton, backfill: Backfill, actor: Actor, reason: str, form: PacingForm
) -> Backfill:
    """Do what ``button`` stands for. Raises Refused with nothing changed."""
    if button.name == "pace":
        return operations.set_pacing(
            backfill, form.paced, lanes=form.cleaned_data["lanes"], actor=actor, reason=reason
        )
    return _ACTS[button.name](backfill, actor=actor, reason=reason)


def _why_not(button: BackfillButton, backfill: Backfill) -> str:
    refused = retrying.refusal(backfill) if button.name == "retry" else None
    return "" if refused is None else str(refused)


_ACTS: dict[str, Callable[..., Backfill]] = {
    "pause": operations.pause,
    "resume": operations.resume,
    "retry": operations.retry,
    "cancel": operations.cancel,
}
