"""What is looked at once everyone is on the new release."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_deploy.deployments import alive, judged
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import State
from zdt_deploy.preflight import pacing
from zdt_deploy.preflight.registry import by_hand, item
from zdt_deploy.preflight.results import Result, Seen, failed, not_applicable, passed, unknown


@item("old_kept", _("The old release is kept for a day or two"), phase="after", since="before")
def old_kept(deployment: Deployment) -> Seen:
    """As planned; then its processes are there until the way back closes by itself."""
    planned = pacing.window(Plan.from_json(deployment.plan))
    if planned.result is not Result.PASSED:
        return planned
    if deployment.state == State.BAKING:
        at = (deployment.environment, deployment.service, deployment.previous_version)
        found = alive.count(*at)
        if not found:
            return failed("preflight_old_gone", release=deployment.previous_version)
        return passed("preflight_old_there", release=deployment.previous_version, n=found)
    if deployment.state == State.COMPLETED and _closed_early(deployment):
        return failed("preflight_closed_early", release=deployment.previous_version)
    return planned


by_hand(
    "errors_compared",
    _("The error log was searched for patterns, by release"),
    how=_("Look for kinds of errors that the old release did not log."),
    phase="after",
)
by_hand(
    "queries_compared",
    _("Database queries were compared, before and after"),
    how=_("Compare the time in the database, and the slowest queries, with those of last week."),
    phase="after",
)


@item(
    "latency_compared", _("Latency percentiles were compared across releases"), phase="after",
    by_hand=True,
)  # fmt: skip
def latency_compared(deployment: Deployment) -> Seen:
    """The monitor does that as long as it watches."""
    verdict = judged.newest(deployment)
    tracks: dict[str, Any] = verdict.evidence if verdict is not None else {}
    new, old = (_p95(tracks.get(track)) for track in ("canary", "stable"))
    if new is None or old is None:
        return unknown("preflight_latency_unseen")
    facts = {"new": f"{new:.0f}", "old": f"{old:.0f}"}
    if verdict.outcome == "breach":
        return failed("preflight_latency_worse", **facts)
    if not judged.is_well(verdict):
        return unknown("preflight_latency_unjudged", **facts)
    return passed("preflight_latency_compared", **facts)


@item("flags_raised", _("Flags were raised step by step"), phase="after")
def flags_raised(deployment: Deployment) -> Seen:
    """zdt_flags tells by a condition of its own."""
    return not_applicable("preflight_no_flags")


def _closed_early(deployment: Deployment) -> bool:
    ended, until = deployment.finished_at, deployment.window_until
    return ended is not None and until is not None and ended < until


def _p95(track: Any) -> float | None:
    found = track.get("p95_ms") if isinstance(track, dict) else None
    return float(found) if isinstance(found, (int, float)) else None
