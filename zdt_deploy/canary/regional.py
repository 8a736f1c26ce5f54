"""The regions of a deployment on its page: their shares, what is said of each, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core import messages
from zdt_core.console import panels
from zdt_deploy.canary import regions, rollback
from zdt_deploy.deployments import clock, durations, judged, looks, progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import WATCHED, State, Strategy

Said = tuple[str, str, str]
"""A badge's look and word, and a sentence."""


@panels.panel("deployment", gettext_lazy("Regions"), "zdt_deploy/canary/regions.html", order=10)
def by_region(request: HttpRequest, deployment: Deployment) -> dict[str, Any] | None:
    """One row a region, in the plan's order, and one for all others."""
    if deployment.strategy != Strategy.REGIONAL or deployment.state not in WATCHED:
        return None
    shares, now = progress.shares_of(deployment), clock.now()
    rest, verdict = shares[progress.EVERYWHERE], judged.newest(deployment)
    said = verdict.evidence.get("regions", {}) if verdict else {}
    names = Plan.from_json(deployment.plan).regions
    rows = [_row(deployment, name, shares.get(name, rest), said, now) for name in names]
    return {"rows": rows, "rest": rest, "deployment": deployment}


def _row(
    deployment: Deployment, name: str, share: Decimal, said: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    look, word, sentence = _standing(deployment, name, share, said, now)
    metrics, trouble = _metrics(deployment, name, now)
    return {
        "name": name, "share": share, "look": look, "word": word, "sentence": sentence,
        "metrics": metrics, "trouble": trouble,
        "present": progress.step_of(deployment).region == name,
    }  # fmt: skip


def _standing(
    deployment: Deployment, name: str, share: Decimal, said: Mapping[str, Any], now: datetime
) -> Said:
    if name in progress.gone_back(deployment):
        return _gone_back(deployment, name, now)
    if name in said:
        found = said[name]
        outcome = found["outcome"]
        return looks.of_outcome(outcome), outcome, messages.text(found["code"], found["params"])
    if deployment.state == State.BAKING:
        return "quiet", "", _("Judged together with all others.")
    return "quiet", "", _("Not judged yet.") if share else _("Its turn has not come.")


def _gone_back(deployment: Deployment, name: str, now: datetime) -> Said:
    """How far its way back is."""
    stands = rollback.stands(deployment, name)
    if stands is rollback.Stands.BACK:
        return "warn", _("went back"), _("Every router there sends users to stable.")
    since = datetime.fromisoformat(deployment.regions[name]["since"])
    facts = {"time": durations.rounded((now - since).total_seconds())}
    if stands is rollback.Stands.TROUBLED:
        return "bad", _("went back"), _("Not everywhere after %(time)s; see the history.") % facts
    return "bad", _("going back"), _("For %(time)s; next: every router there follows.") % facts


def _metrics(deployment: Deployment, name: str, now: datetime) -> tuple[str, bool]:
    """How old they are, or why there are none; and whether that is a trouble."""
    found = regions.read(deployment.environment, deployment.service, name, now)
    if found.trouble or found.clock is None:
        facts = {"region": name, "reason": found.reason}
        return messages.text(found.trouble, facts), True
    seconds = max(0.0, found.clock.now - found.until)
    return _("%s old") % durations.rounded(seconds), False
