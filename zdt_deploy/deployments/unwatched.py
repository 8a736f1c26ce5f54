"""For how long nobody has judged a deployment that is to be watched. No I/O."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from zdt_deploy.deployments.states import WATCHED

MISSED = 3
"""Intervals without a verdict after which nobody seems to look."""

SLACK_SECONDS = 30.0


class Watched(Protocol):
    """What is asked of a deployment."""

    state: str
    plan: dict[str, Any]
    started_at: datetime | None
    state_since: datetime


def seconds(deployment: Watched, judged_at: datetime | None, now: datetime) -> float | None:
    """Seconds since the last verdict or the start, once they are too many; None if all is well."""
    if deployment.state not in WATCHED:
        return None
    passed = (now - (judged_at or deployment.started_at or deployment.state_since)).total_seconds()
    limit = MISSED * float(deployment.plan.get("interval_seconds", 60)) + SLACK_SECONDS
    return passed if passed > limit else None
