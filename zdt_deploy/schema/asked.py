"""A form that asks for an operation on a change: what it says, and what it still lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from zdt_deploy.schema.buttons import Button
from zdt_deploy.schema.models import SchemaChange


@dataclass(frozen=True, slots=True)
class Asked:
    """``revision`` is what the person looked at, None where the form has none; ``typed`` is None
    before the person was asked to type."""

    change: SchemaChange
    button: Button
    revision: int | None
    reason: str
    typed: str | None

    @classmethod
    def of(cls, said: Mapping[str, str], change: SchemaChange, button: Button) -> Asked:
        revision, typed = said.get("revision", ""), said.get("typed")
        return cls(
            change,
            button,
            int(revision) if revision.isdecimal() and len(revision) < 10 else None,
            said.get("reason", "").strip(),
            None if typed is None else typed.strip(),
        )

    def complaint(self) -> str:
        """Why the form can lead nowhere; "" when it can."""
        if self.revision is None:
            return _("The form is incomplete; load the page again.")
        if self.revision != self.change.revision:
            return _("Nothing was changed. It has moved since you looked; it is %s now.") % (
                self.change.get_phase_display()
            )
        return ""

    @property
    def is_confirmed(self) -> bool:
        """True when nothing more has to be asked."""
        return not self.button.asks or (self.typed is not None and not self.shortcoming())

    def shortcoming(self) -> str:
        """What a person who was asked has not said yet; "" before they were asked."""
        if self.typed is None:
            return ""
        if self.typed != self.change.key:
            return _("Type %s to confirm. Nothing was changed.") % self.change.key
        if not self.reason:
            return _("Say why: the reason goes into the record. Nothing was changed.")
        return ""
