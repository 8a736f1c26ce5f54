"""A form that asks for an operation on a backfill: what it says, and what it still lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from zdt_deploy.backfills.buttons import Button
from zdt_deploy.backfills.forms import PacingForm
from zdt_deploy.backfills.models import Backfill


@dataclass(frozen=True, slots=True)
class Asked:
    """``revision`` is what the person looked at, None where the form has none.

    ``typed`` is None before the person was asked to type, ``sure`` False before the second look.
    """

    backfill: Backfill
    button: Button
    revision: int | None
    reason: str
    typed: str | None
    sure: bool
    pacing: PacingForm

    @classmethod
    def of(cls, said: Mapping[str, str], backfill: Backfill, button: Button) -> Asked:
        revision = said.get("revision", "")
        typed = said.get("typed")
        sure = "confirmed" in said or typed is not None
        asks = button.name == "pace" and sure
        return cls(
            backfill,
            button,
            int(revision) if revision.isdecimal() and len(revision) < 10 else None,
            said.get("reason", "").strip(),
            None if typed is None else typed.strip(),
            sure,
            PacingForm.said(said, backfill) if asks else PacingForm.of(backfill),
        )

    def complaint(self) -> str:
        """Why the form can lead nowhere; "" when it can."""
        if self.revision is None:
            return _("The form is incomplete; load the page again.")
        if self.revision != self.backfill.revision:
            return _("Nothing was changed. Somebody moved it since you looked; it is %s now.") % (
                self.backfill.get_state_display()
            )
        return ""

    @property
    def is_confirmed(self) -> bool:
        """True when nothing more has to be asked."""
        return self.sure and not self.shortcoming()

    def shortcoming(self) -> str:
        """What a person who was asked has not said yet; "" before they were asked."""
        if not self.sure:
            return ""
        if self.button.typed and self.typed != self.backfill.name:
            return _("Type %s to confirm. Nothing was changed.") % self.backfill.name
        if self.button.needs_reason and not self.reason:
            return _("Say why: the reason goes into the record. Nothing was changed.")
        if self.button.name == "pace" and not self.pacing.is_valid():
            return self.pacing.problem()
        return ""
