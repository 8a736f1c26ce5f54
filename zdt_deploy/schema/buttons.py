"""What an operator may do with a change now, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zdt_core.console.asked import Demand
from zdt_core.console.buttons import Button, Offer
from zdt_core.events import Actor
from zdt_core.gates import Verdict
from zdt_deploy.schema import certificates, contracting, filling, steering
from zdt_deploy.schema.gates import FORCIBLE
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import OPEN, Phase
from zdt_deploy.schema.standing import Work

_AT_ONCE, _TYPED = Demand(), Demand(reason=True, asks=True, typed=True)


@dataclass(frozen=True, slots=True)
class ChangeButton(Button):
    """A button of a change, and what a person has to say.

    ``contracts`` where it takes the old shape away, ``overwrites`` where it takes one side's values
    for the other's.
    """

    contracts: bool = False
    overwrites: bool = False

    @property
    def demand(self) -> Demand:
        return _TYPED if self.danger else _AT_ONCE

    def concerns(self, change: SchemaChange) -> bool:
        """Whether it means anything to a change as this one is now."""
        if self.contracts:
            return change.phase == Phase.SWITCHED and change.owed_at is not None
        if self.overwrites:
            return change.problem == certificates.SIDES_DIFFER
        return change.phase in OPEN and bool(change.spec.get("pair"))


BUTTONS = {
    button.name: button
    for button in (
        ChangeButton(
            "verify",
            "schema.verifying",
            gettext_lazy("Verify every row"),
            gettext_lazy("Compare both shapes in every row. It reads, and changes nothing."),
            steering.ADVANCE,
        ),
        ChangeButton(
            "repair",
            "schema.repairing",
            gettext_lazy("Repair"),
            gettext_lazy(
                "Put the trigger back and compare every row; until then nothing counts as proven. "
                "Before the switch, what is not equal is filled from the old columns first."
            ),
            steering.ADVANCE,
        ),
        ChangeButton(
            "take_old",
            "schema.repairing",
            gettext_lazy("Take the old columns"),
            gettext_lazy(
                "Where both sides differ, overwrite the new columns by the old ones: what only the "
                "new release wrote is lost."
            ),
            steering.ADVANCE,
            overwrites=True,
            danger=True,
        ),
        ChangeButton(
            "take_new",
            "schema.repairing",
            gettext_lazy("Take the new columns"),
            gettext_lazy(
                "Where both sides differ, overwrite the old columns by the new ones: what only the "
                "old release wrote is lost."
            ),
            steering.ADVANCE,
            overwrites=True,
            danger=True,
        ),
        ChangeButton(
            "advance",
            "schema.contracted",
            gettext_lazy("Contract now"),
            gettext_lazy(
                "Take the old shape away. There is no way back to a release that needs it."
            ),
            steering.ADVANCE,
            contracts=True,
        ),
        ChangeButton(
            "force",
            "schema.forced",
            gettext_lazy("Contract against the gate"),
            gettext_lazy(
                "Take the old shape away although something may need it: what still does fails at "
                "once. The proof that both shapes are equal can't be overridden."
            ),
            steering.FORCE,
            contracts=True,
            danger=True,
        ),
    )
}


def offers(
    request: HttpRequest, change: SchemaChange, verdict: Verdict | None, work: Work | None
) -> list[Offer]:
    """Every button that concerns the change. ``verdict`` is that of its gate, ``work`` what goes
    through its rows."""
    return [
        Offer(button, why_not(request, button, change, verdict, work), button.demand)
        for button in BUTTONS.values()
        if button.concerns(change)
    ]


def why_not(
    request: HttpRequest,
    button: ChangeButton,
    change: SchemaChange,
    verdict: Verdict | None,
    work: Work | None,
) -> str:
    """Why this person may not now; "" if they may."""
    if forbidden := button.forbidden(request):
        return forbidden
    if button.name == "verify" and work is not None:
        return _busy(work)
    if button.name == "repair" and _is_sound(change, verdict, work):
        return _("Nothing is broken: the trigger is at work, and every row is equal.")
    return _barred(button, verdict) if button.contracts and verdict is not None else ""


def _busy(work: Work) -> str:
    if work.compares:
        return _("Every row is being compared.")
    return _("The rows are being filled; every row is compared by itself after that.")


def _is_sound(change: SchemaChange, verdict: Verdict | None, work: Work | None) -> bool:
    if verdict is None or work is not None or change.problem:
        return False
    return all(found.condition != "certificate" for found in verdict.obstacles)


def _barred(button: ChangeButton, verdict: Verdict) -> str:
    """What the gate has against the contract; the page says below what each condition lacks."""
    if button.name == "advance":
        closed = len(verdict.obstacles)
        return ngettext(
            "%d of the conditions below is not met.",
            "%d of the conditions below are not met.",
            closed,
        ) % closed if closed else ""  # fmt: skip
    if verdict.is_open:
        return _("The gate is open: nothing has to be overridden.")
    if any(found.condition not in FORCIBLE for found in verdict.obstacles):
        return _("The proof that both shapes are equal is missing, and can't be overridden.")
    return ""


def act(button: ChangeButton, change: SchemaChange, actor: Actor, reason: str) -> None:
    """Do what ``button`` stands for. Raises Refused with nothing changed."""
    _ACTS[button.name](change, actor=actor, reason=reason)


def _advance(change: SchemaChange, *, actor: Actor, reason: str) -> None:
    contracting.contract(change, actor=actor, reason=reason)


def _force(change: SchemaChange, *, actor: Actor, reason: str) -> None:
    contracting.contract(change, actor=actor, reason=reason, force=True)


_ACTS: dict[str, Callable[..., Any]] = {
    "verify": steering.verify,
    "repair": steering.repair,
    "take_old": partial(steering.repair, truth=filling.OLD),
    "take_new": partial(steering.repair, truth=filling.NEW),
    "advance": _advance,
    "force": _force,
}
