"""What people may do with schema changes in the console: what it takes, and doing it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core.console.asked import Asked, Demand
from zdt_core.console.desk import Desk
from zdt_core.events import Actor
from zdt_deploy.schema import buttons, standing
from zdt_deploy.schema.buttons import BUTTONS, ChangeButton
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.moving import SUBJECT


class SchemaChangeDesk(Desk[SchemaChange, ChangeButton]):
    buttons = BUTTONS
    behind = gettext_lazy("The change has moved since you opened this; load the page again.")

    def name(self, row: SchemaChange) -> str:
        return row.key

    def subject(self, row: SchemaChange) -> tuple[str, str]:
        return SUBJECT, row.key

    def describe(self, row: SchemaChange) -> str:
        return standing.describe(row)

    def moved(self, row: SchemaChange, seen: int) -> str:
        return _("It has moved since you looked; it is %s now.") % row.get_phase_display()

    def demand(self, button: ChangeButton, row: SchemaChange) -> Demand:
        return button.demand

    def act(self, button: ChangeButton, row: SchemaChange, asked: Asked, actor: Actor) -> str:
        buttons.act(button, row, actor, asked.reason)
        row.refresh_from_db()
        return standing.describe(row)


DESK = SchemaChangeDesk()
