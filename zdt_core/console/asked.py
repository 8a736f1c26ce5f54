"""A form that asks for an operation: what it says, and what it still lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Demand:
    """``reason`` is needed, ``asks`` for a second look, ``typed`` for the row's name."""

    reason: bool = False
    asks: bool = False
    typed: bool = False


class Fields(Protocol):
    """What else a form asks for."""

    def problem(self) -> str:
        """What is wrong with what was said, in one sentence; "" where nothing is."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """``revision`` is what the person looked at, None where the form has none.

    ``moved`` says that the row is another one by now, "" while it is the same. ``typed`` is None
    before the person was asked to type ``name``, and ``sure`` False before the second look.
    """

    demand: Demand
    name: str
    revision: int | None
    moved: str
    reason: str
    typed: str | None
    sure: bool
    fields: Fields | None

    def complaint(self) -> str:
        """Why the form can lead nowhere; "" when it can."""
        if self.revision is None:
            return _("The form is incomplete; load the page again.")
        if self.moved:
            return _("Nothing was changed. %s") % self.moved
        if self.demand.reason and not self.demand.asks and not self.reason:
            return _("Say why: the reason goes into the record. Nothing was changed.")
        return ""

    @property
    def is_confirmed(self) -> bool:
        """True when nothing more has to be asked."""
        return not self.demand.asks or (self.sure and not self.shortcoming())

    def shortcoming(self) -> str:
        """What a person who was asked has not said yet; "" before they were asked."""
        if not self.sure:
            return ""
        if self.demand.typed and self.typed != self.name:
            return _("Type %s to confirm. Nothing was changed.") % self.name
        if self.demand.reason and not self.reason:
            return _("Say why: the reason goes into the record. Nothing was changed.")
        return self.fields.problem() if self.fields is not None else ""
