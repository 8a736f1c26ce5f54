"""The page of one deployment, as parts that keep themselves current."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Subquery, Sum
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from zdt_core import database, messages
from zdt_core.console import panels
from zdt_core.console.live import Part
from zdt_core.events import Event
from zdt_deploy.deployments import clock, durations, looks, operations, timeline, unwatched
from zdt_deploy.deployments import messages as words
from zdt_deploy.deployments import steps as progress_list
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import ACTIVE, FINAL

EVERY_MS = 2500
SELDOM_MS = 5000
STEADY_SECONDS = 10
"""What leaves no trace in the database, such as time itself, is shown again after so long."""

CALM_SECONDS = 15
"""The status says durations in steps of this, so that screen readers are not told each second."""

_FOLDER = "zdt_deploy/deployments"
_UNSEEN = ("blind", "missed")


def every(deployment: Deployment) -> int:
    """Milliseconds between two looks of a browser; 0 once nothing will change."""
    if deployment.state in FINAL:
        return 0
    return EVERY_MS if deployment.state in ACTIVE else SELDOM_MS


def fingerprint(deployment: Deployment) -> tuple[object, ...]:
    """Differs with every move, verdict and event, and with time."""
    events = Event.objects.filter(subject_type="deployment", subject_id=deployment.pk)
    rows = Deployment.objects.filter(pk=deployment.pk).annotate(
        event=Subquery(events.order_by("-id").values("id")[:1]),
        verdict=Max("verdicts__slot"),
        now=database.Now(),
    )
    *seen, now = rows.values_list("revision", "event", "verdict", "now").get()
    return (*seen, int(now.timestamp() // STEADY_SECONDS))


def newest_verdict(deployment: Deployment) -> Any:
    """The monitor's newest verdict; None before the first."""
    return deployment.verdicts.order_by("-slot").first()


def is_well(verdict: Any) -> bool:
    return verdict is not None and verdict.outcome == "ok"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a deployment: what its parts share."""

    deployment: Deployment
    verdict: Any
    now: datetime
    unseen: float

    @classmethod
    def at(cls, deployment: Deployment) -> Look:
        return cls(deployment, newest_verdict(deployment), clock.now(), _unseen(deployment))


def parts(request: HttpRequest, deployment: Deployment) -> list[Part]:
    """Everything on the page, in order."""
    look = Look.at(deployment)
    return [
        _part(request, "status", "", _status(look), spoken=True),
        _part(request, "steps", _("Steps"), _steps(look), wide=False),
        _part(request, "actions", _("What you can do"), _actions(request, look), wide=False),
        *panels.render("deployment", request, deployment),
        _part(request, "history", _("History"), _history(request, look)),
        _part(request, "record", _("Record"), _record(look)),
    ]


def _part(
    request: HttpRequest, name: str, title: str, content: dict[str, Any], **kind: bool
) -> Part:
    return Part(name, title, render_to_string(f"{_FOLDER}/{name}.html", content, request), **kind)


def _status(look: Look) -> dict[str, Any]:
    deployment = look.deployment
    told = (look.now - deployment.state_since).total_seconds() % CALM_SECONDS
    alone = _unwatched(look)
    return {
        "deployment": deployment,
        "look": looks.of_state(deployment.state) if alone is None else "bad",
        "unwatched": alone and durations.rounded(alone - alone % CALM_SECONDS),
        "sentence": words.describe(deployment, look.now - timedelta(seconds=told), look.unseen),
    }


def _unwatched(look: Look) -> float | None:
    """Seconds that nobody has judged it, once they are too many. At 100 % the watch may be over."""
    if look.deployment.state not in ACTIVE:
        return None
    return unwatched.seconds(look.deployment, look.verdict and look.verdict.at, look.now)


def _steps(look: Look) -> dict[str, Any]:
    deployment, at = look.deployment, (look.now, look.unseen)
    least = progress_list.seconds_to_everyone(deployment, *at)
    plan = Plan.from_json(deployment.plan)
    return {
        "deployment": deployment,
        "steps": progress_list.steps(deployment, *at),
        "least": None if least is None else durations.rounded(least),
        "window": durations.rounded(plan.rollback_window_seconds),
    }


def _actions(request: HttpRequest, look: Look) -> dict[str, Any]:
    deployment = look.deployment
    offers = operations.offers(request, deployment, well=is_well(look.verdict))
    return {
        "deployment": deployment,
        "offers": offers,
        "elsewhere": operations.elsewhere(deployment),
        "settled": deployment.state in FINAL,
        "back": "",
        "suggestion": suggestion(look.verdict),
    }


def suggestion(verdict: Any) -> str:
    """What the monitor holds against the release, as a reason to roll it back; else ""."""
    if verdict is None or looks.of_outcome(verdict.outcome) != "bad":
        return ""
    return messages.text(verdict.code, verdict.params)


def _history(request: HttpRequest, look: Look) -> dict[str, Any]:
    return {"history": timeline.history(look.deployment, timeline.asked_before(request))}


def _record(look: Look) -> dict[str, Any]:
    deployment = look.deployment
    return {
        "deployment": deployment,
        "artifacts": list(deployment.artifacts.all()),
    }


def _unseen(deployment: Deployment) -> float:
    """Seconds of the present step that nobody could judge; they don't count as watched."""
    if deployment.state not in ACTIVE or deployment.step_since is None:
        return 0.0
    rows = deployment.verdicts.filter(at__gt=deployment.step_since, outcome__in=_UNSEEN)
    slots = rows.aggregate(n=Sum(F("last_slot") - F("slot") + 1))["n"] or 0
    return float(slots * Plan.from_json(deployment.plan).interval_seconds)
