"""What people may do with emergencies in the console: what it takes, and doing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from zdt_core import messages
from zdt_core.console.asked import Asked, Demand
from zdt_core.console.buttons import Button, Offer
from zdt_core.console.desk import Desk
from zdt_core.events import Actor
from zdt_deploy.freezes import emergencies, shape
from zdt_deploy.freezes.models import Emergency
from zdt_deploy.freezes.people import Who

APPROVE, REVIEW = "zdt_deploy.approve_emergency", "zdt_deploy.review_emergency"


@dataclass(frozen=True, slots=True)
class Answer(Button):
    """A button, at which standing it means anything, and the code that refuses whoever asked."""

    at: str
    act: Callable[..., Emergency]
    demand: Demand
    another: str = ""


def _approve(deployment_id: str, actor: Actor, **said: Any) -> Emergency:
    return emergencies.approve(deployment_id, Who(actor, actor.name), **said)


def _review(deployment_id: str, actor: Actor, **said: Any) -> Emergency:
    return emergencies.review(deployment_id, Who(actor, actor.name), **said)


ANSWERS = {
    answer.name: answer
    for answer in (
        Answer(
            "approve",
            emergencies.APPROVED,
            gettext_lazy("Approve"),
            gettext_lazy("Let it pass freezes and skip observation. Limits and the monitor stay."),
            APPROVE,
            "requested",
            _approve,
            Demand(asks=True, typed=True),
            "four_eyes",
        ),
        Answer(
            "decline",
            emergencies.DECLINED,
            gettext_lazy("Decline"),
            gettext_lazy("Say no: the deployment stays as it is."),
            APPROVE,
            "requested",
            emergencies.decline,
            Demand(reason=True),
        ),
        Answer(
            "review",
            emergencies.REVIEWED,
            gettext_lazy("Review"),
            gettext_lazy("Write down what you found: was it needed, and what would spare it?"),
            REVIEW,
            "approved",
            _review,
            Demand(reason=True),
            "review_eyes",
        ),
    )
}


def offers(request: HttpRequest, row: Emergency) -> list[Offer]:
    """What may be done now, each with its obstacle if it has one."""
    now = shape.standing(row)
    again = ("approve",) if shape.is_spent(row) else ()
    return [
        Offer(answer, _why_not(request, row, answer), answer.demand)
        for answer in ANSWERS.values()
        if answer.at == now or answer.name in again
    ]


def _why_not(request: HttpRequest, row: Emergency, answer: Answer) -> str:
    if forbidden := answer.forbidden(request):
        return forbidden
    asked_for_it = Who.of(request.user).asked_for(row)
    if answer.another and asked_for_it:
        return messages.text(answer.another, {"person": row.requester})
    about = {"id": row.deployment_id, "state": row.deployment.state}
    if answer.name == "approve" and row.deployment.state not in emergencies.FORWARD:
        return messages.text("emergency_too_late", about)
    if answer.name == "review" and row.deployment.state not in emergencies.OVER:
        return messages.text("emergency_not_over", about)
    return ""


class EmergencyDesk(Desk[Emergency, Answer]):
    buttons = ANSWERS
    behind = gettext_lazy(
        "Somebody has answered since you opened this; it will be refused. Load the page again."
    )

    def name(self, row: Emergency) -> str:
        return str(row.deployment.version)

    def subject(self, row: Emergency) -> tuple[str, str]:
        return "deployment", row.deployment_id

    def place(self, row: Emergency) -> dict[str, str]:
        return {"service": row.deployment.service, "environment": row.deployment.environment}

    def describe(self, row: Emergency) -> str:
        return shape.describe(row)

    def moved(self, row: Emergency, seen: int) -> str:
        return messages.text("emergency_moved", {"id": row.deployment_id})

    def demand(self, button: Answer, row: Emergency) -> Demand:
        return button.demand

    def act(self, button: Answer, row: Emergency, asked: Asked, actor: Actor) -> str:
        said = {"reason": asked.reason, "expected_revision": asked.revision}
        return shape.describe(button.act(row.deployment_id, actor, **said))


DESK = EmergencyDesk()
LOOKS = {"requested": "bad", "approved": "warn", "reviewed": "good", "declined": "quiet"}
WORDS = {
    "requested": gettext_lazy("waits for approval"),
    "approved": gettext_lazy("waits for its review"),
    "reviewed": gettext_lazy("reviewed"),
    "declined": gettext_lazy("declined"),
}
