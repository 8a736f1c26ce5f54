"""The page of one deployment, as parts that keep themselves current."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zdt_core import database
from zdt_core.console import history, live, panels
from zdt_core.console.live import EVERY_MS, SELDOM_MS, STEADY_SECONDS, Part
from zdt_deploy.deployments import (
    clock,
    durations,
    judged,
    looks,
    operations,
    timeline,
    unwatched,
)
from zdt_deploy.deployments import messages as words
from zdt_deploy.deployments import steps as progress_list
from zdt_deploy.deployments.choosing import RegionForm
from zdt_deploy.deployments.desk import DESK
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import ACTIVE, FINAL

CALM_SECONDS = 15
"""The status says durations in steps of this, so that screen readers are not told each second."""

_FOLDER = "zdt_deploy/deployments"
_part = live.parts_in(_FOLDER)
_UNSEEN = ("blind", "missed")


def every(deployment: Deployment) -> int:
    """Milliseconds between two looks of a browser; 0 once nothing will change."""
    if deployment.state in FINAL:
        return 0
    return EVERY_MS if deployment.state in ACTIVE else SELDOM_MS


def fingerprint(deployment: Deployment) -> tuple[object, ...]:
    """Differs with every move, verdict and event, and with time."""
    rows = Deployment.objects.filter(pk=deployment.pk).annotate(
        event=history.newest(DESK.subject(deployment)),
        verdict=Max("verdicts__slot"),
        now=database.Now(),
    )
    *seen, now = rows.values_list("revision", "event", "verdict", "now").get()
    return (*seen, int(now.timestamp() // STEADY_SECONDS))


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a deployment: what its parts share."""

    deployment: Deployment
    verdict: Any
    now: datetime
    unseen: float

    @classmethod
    def at(cls, deployment: Deployment) -> Look:
        return cls(deployment, judged.newest(deployment), clock.now(), _unseen(deployment))


def parts(request: HttpRequest, deployment: Deployment) -> list[Part]:
    """Everything on the page, in order."""
    look = Look.at(deployment)
    return [
        _status(request, look),
        _part(request, "steps", _("Steps"), _steps(look), wide=False),
        _actions(request, look),
        *panels.render("deployment", request, deployment),
        history.part(request, DESK.subject(deployment), timeline.entry),
        _part(request, "record", _("Record"), _record(look)),
    ]


def _status(request: HttpRequest, look: Look) -> Part:
    deployment = look.deployment
    told = (look.now - deployment.state_since).total_seconds() % CALM_SECONDS
    alone = _unwatched(look)
    said = words.describe(deployment, look.now - timedelta(seconds=told), look.unseen)
    if alone is None:
        seen = looks.of_state(deployment.state)
        return live.status(request, seen, deployment.get_state_display(), said)
    alarm = _("Nobody has judged it for %s: start zdt_worker and zdt_ticker.")
    alarm %= durations.rounded(alone - alone % CALM_SECONDS)
    return live.status(request, "bad", deployment.get_state_display(), said, alarm)


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
        "least": durations.rounded(least) if least else "",
        "window": durations.rounded(plan.rollback_window_seconds),
    }


def _actions(request: HttpRequest, look: Look) -> Part:
    deployment = look.deployment
    offers = operations.offers(request, deployment, well=judged.is_well(look.verdict))
    return DESK.part(
        request,
        _FOLDER,
        deployment,
        offers,
        reason=judged.suggestion(look.verdict),
        elsewhere=operations.elsewhere(deployment),
        settled=deployment.state in FINAL,
        fields=RegionForm(deployment),
    )


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
