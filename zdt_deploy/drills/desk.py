"""What people may do with drills in the console: call off one that is announced."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from zdt_core import messages
from zdt_core.console.asked import Asked, Demand
from zdt_core.console.buttons import Button, Offer
from zdt_core.console.desk import Desk
from zdt_core.events import Actor
from zdt_deploy.drills import operations, shape
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import State

RUN = "zdt_deploy.run_drill"
CALL_OFF = Button(
    "call_off",
    operations.CALLED_OFF,
    gettext_lazy("Call off"),
    gettext_lazy("The deployment stays as it is; the drill stays due."),
    RUN,
)


def offers(request: HttpRequest, row: Drill) -> list[Offer]:
    """What may be done now, with its obstacle if it has one."""
    if row.state != State.ANNOUNCED:
        return []
    return [Offer(CALL_OFF, CALL_OFF.forbidden(request), Demand())]


class DrillDesk(Desk[Drill, Button]):
    buttons = {CALL_OFF.name: CALL_OFF}
    behind = gettext_lazy(
        "The drill has moved since you opened this; it will be refused. Load the page again."
    )

    def name(self, row: Drill) -> str:
        return str(row.pk)

    def subject(self, row: Drill) -> tuple[str, str]:
        return "drill", str(row.pk)

    def place(self, row: Drill) -> dict[str, str]:
        return {"service": row.service, "environment": row.environment}

    def describe(self, row: Drill) -> str:
        return shape.describe(row)

    def moved(self, row: Drill, seen: int) -> str:
        return messages.text("drill_moved", {"id": row.pk})

    def demand(self, button: Button, row: Drill) -> Demand:
        return Demand()

    def act(self, button: Button, row: Drill, asked: Asked, actor: Actor) -> str:
        done = operations.call_off(
            row.pk, actor=actor, reason=asked.reason, expected_revision=asked.revision
        )
        return shape.describe(done)


DESK = DrillDesk()
