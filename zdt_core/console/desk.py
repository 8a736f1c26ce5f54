"""What a room says of the operations on its rows. `OperatedAdmin` has people do them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext as _

from zdt_core.console import live
from zdt_core.console.asked import Asked, Demand, Fields
from zdt_core.console.buttons import Button, Offer
from zdt_core.console.live import Part
from zdt_core.events import Actor

Row = TypeVar("Row")
Pressed = TypeVar("Pressed", bound=Button)


class Desk(ABC, Generic[Row, Pressed]):
    """A row has a ``revision``, which moves with it.

    ``behind`` is said on a form whose row has moved. ``asks_for`` is a template with what forms ask
    for besides a reason; it gets ``fields``.
    """

    buttons: Mapping[str, Pressed]
    behind: Any
    asks_for: str = ""

    @abstractmethod
    def name(self, row: Row) -> str:
        """What people call it, and type to confirm."""

    @abstractmethod
    def subject(self, row: Row) -> tuple[str, str]:
        """The type and the id under which events are about it."""

    @abstractmethod
    def describe(self, row: Row) -> str:
        """The sentence that says where it stands."""

    @abstractmethod
    def moved(self, row: Row, seen: int) -> str:
        """The sentence for who looked at the revision ``seen``, which is not the present one."""

    @abstractmethod
    def demand(self, button: Pressed, row: Row) -> Demand:
        """What a person has to say for it now."""

    @abstractmethod
    def act(self, button: Pressed, row: Row, asked: Asked, actor: Actor) -> str:
        """Do it, and say where the row stands now. Raises Refused with nothing changed."""

    def place(self, row: Row) -> dict[str, str]:
        """Service and environment of its events, where they are not those of this process."""
        return {}

    def suggestion(self, row: Row) -> str:
        """A reason to begin with; "" where there is none."""
        return ""

    def fields(self, row: Row, button: Pressed, said: Mapping[str, str] | None) -> Fields | None:
        """What a form asks for besides a reason; ``said`` is None before somebody filled it in."""
        return None

    def asked(self, said: Mapping[str, str], row: Any, button: Pressed) -> Asked:
        """What a person says who presses ``button``."""
        text, typed = said.get("revision", ""), said.get("typed")
        revision = int(text) if text.isdecimal() and len(text) < 10 else None
        sure = "confirmed" in said or typed is not None
        return Asked(
            demand=self.demand(button, row),
            name=self.name(row),
            revision=revision,
            moved="" if revision in (None, row.revision) else self.moved(row, revision or 0),
            reason=said.get("reason", "").strip(),
            typed=None if typed is None else typed.strip(),
            sure=sure,
            fields=self.fields(row, button, said if sure else None),
        )

    def forms(self, row: Any) -> dict[str, Any]:
        """What the templates of its forms show."""
        return {
            "row": row,
            "name": self.name(row),
            "do": f"admin:{row._meta.app_label}_{row._meta.model_name}_operation",
            "behind": self.behind,
            "asks_for": self.asks_for,
        }

    def part(
        self, request: HttpRequest, folder: str, row: Row, offers: Sequence[Offer], **more: Any
    ) -> Part:
        """The part "actions": ``offers``, and what the room's own template says around them."""
        content = {**self.forms(row), "offers": offers, **more}
        return live.part(
            request, f"{folder}/actions.html", _("What you can do"), content, wide=False
        )
