"""What people may do with deployments in the console: what it takes, and doing it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from zdt_core import messages
from zdt_core.console.asked import Asked, Demand
from zdt_core.console.desk import Desk
from zdt_core.events import Actor
from zdt_deploy.deployments import judged
from zdt_deploy.deployments import messages as words
from zdt_deploy.deployments.choosing import RegionForm
from zdt_deploy.deployments.confirming import demand
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.operations import OPERATIONS, Operation
from zdt_deploy.deployments.states import Event


class DeploymentDesk(Desk[Deployment, Operation]):
    buttons = OPERATIONS
    behind = gettext_lazy(
        "The deployment has moved since you opened this; it will be refused. Load the page again."
    )
    asks_for = "zdt_deploy/deployments/releases.html"

    def name(self, row: Deployment) -> str:
        return row.version

    def subject(self, row: Deployment) -> tuple[str, str]:
        return "deployment", row.pk

    def place(self, row: Deployment) -> dict[str, str]:
        return {"service": row.service, "environment": row.environment}

    def describe(self, row: Deployment) -> str:
        return words.describe(row)

    def moved(self, row: Deployment, seen: int) -> str:
        facts = {"state": row.state, "revision": row.revision, "expected": seen}
        return messages.text("stale_revision", facts)

    def demand(self, button: Operation, row: Deployment) -> Demand:
        return demand(button.event, row, well=judged.is_well(judged.newest(row)))

    def suggestion(self, row: Deployment) -> str:
        return judged.suggestion(judged.newest(row))

    def fields(
        self, row: Deployment, button: Operation, said: Mapping[str, str] | None
    ) -> RegionForm | None:
        return RegionForm(row, said) if button.event is Event.RETREAT else None

    def act(self, button: Operation, row: Deployment, asked: Asked, actor: Actor) -> str:
        chosen = {"region": asked.fields.chosen} if isinstance(asked.fields, RegionForm) else {}
        moved = button.act(
            row.pk, actor=actor, reason=asked.reason, expected_revision=asked.revision, **chosen
        )
        return words.describe(moved)


DESK = DeploymentDesk()
