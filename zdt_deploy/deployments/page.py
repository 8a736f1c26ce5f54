"""What the page of one deployment shows, beside the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from zdt_core.console import panels
from zdt_core.events import Event
from zdt_deploy.deployments import durations, operations
from zdt_deploy.deployments import messages as words
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import ACTIVE, FINAL, State

HISTORY = 50
_LOOKS = {
    State.PENDING: "quiet", State.SHIFTING: "busy", State.OBSERVING: "busy", State.PAUSED: "warn",
    State.HELD: "warn", State.BAKING: "good", State.ROLLING_BACK: "bad", State.STUCK: "bad",
    State.ROLLED_BACK: "bad", State.COMPLETED: "good", State.CANCELLED: "quiet",
}  # fmt: skip


def look(deployment: Deployment) -> str:
    """The kind of badge for the deployment's state."""
    return _LOOKS[State(deployment.state)]


@dataclass(frozen=True, slots=True)
class StepView:
    percentage: str
    bake: str
    current: bool
    done: bool


def steps(deployment: Deployment) -> list[StepView]:
    """The plan's steps: which are done, which is now."""
    reached_all = deployment.promoted_at is not None
    live = deployment.state in ACTIVE or deployment.state == State.BAKING
    return [
        StepView(
            percentage=f"{step.percentage:f}",
            bake=durations.rounded(step.bake_seconds),
            current=live and number == deployment.step,
            done=number < deployment.step or reached_all,
        )
        for number, step in enumerate(Plan.from_json(deployment.plan).steps)
    ]


def history(deployment: Deployment) -> list[Event]:
    """The newest events of the deployment, newest first."""
    events = Event.objects.filter(subject_type="deployment", subject_id=deployment.pk)
    return list(events.order_by("-id")[:HISTORY])


def context(request: HttpRequest, deployment: Deployment) -> dict[str, Any]:
    """Everything `zdt_deploy/deployments/detail.html` needs."""
    return {
        "deployment": deployment,
        "sentence": words.describe(deployment),
        "look": look(deployment),
        "state": State(deployment.state),
        "settled": deployment.state in FINAL,
        "steps": steps(deployment),
        "artifacts": list(deployment.artifacts.all()),
        "offers": operations.offers(request, deployment),
        "panels": panels.render("deployment", request, deployment),
        "history": history(deployment),
    }
