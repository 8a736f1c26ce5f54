"""What people may do with backfills in the console: what it takes, and doing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core.console.asked import Asked, Demand
from zdt_core.console.desk import Desk
from zdt_core.events import Actor
from zdt_deploy.backfills import buttons, sentences, words
from zdt_deploy.backfills.buttons import BUTTONS, BackfillButton
from zdt_deploy.backfills.forms import PacingForm
from zdt_deploy.backfills.models import Backfill


class BackfillDesk(Desk[Backfill, BackfillButton]):
    buttons = BUTTONS
    behind = gettext_lazy("The backfill has moved since you opened this; load the page again.")
    asks_for = "zdt_deploy/backfills/pacing.html"

    def name(self, row: Backfill) -> str:
        return row.name

    def subject(self, row: Backfill) -> tuple[str, str]:
        return "backfill", str(row.pk)

    def describe(self, row: Backfill) -> str:
        return sentences.describe(row)

    def moved(self, row: Backfill, seen: int) -> str:
        state = row.get_state_display()
        return _("Somebody moved it since you looked; it is %s now.") % state

    def demand(self, button: BackfillButton, row: Backfill) -> Demand:
        return button.demand

    def fields(
        self, row: Backfill, button: BackfillButton, said: Mapping[str, str] | None
    ) -> PacingForm:
        asks = button.name == "pace" and said is not None
        return PacingForm.said(said, row) if asks else PacingForm.of(row)

    def act(self, button: BackfillButton, row: Backfill, asked: Asked, actor: Actor) -> str:
        form = cast(PacingForm, asked.fields)
        moved = buttons.act(button, row, actor, asked.reason, form)
        return words.paced(moved.pacing) if button.name == "pace" else sentences.describe(moved)


DESK = BackfillDesk()
