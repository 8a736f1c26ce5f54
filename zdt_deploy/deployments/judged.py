"""What the monitor thought of a deployment last."""

from __future__ import annotations

from typing import Any

from zdt_core import messages
from zdt_deploy.deployments import looks
from zdt_deploy.deployments.models import Deployment


def newest(deployment: Deployment) -> Any:
    """The monitor's newest verdict; None before the first."""
    return deployment.verdicts.order_by("-slot").first()


def newest_two(deployment: Deployment) -> tuple[Any, Any]:
    """The verdict before the newest one, and that; None where there is none."""
    found = list(deployment.verdicts.order_by("-slot")[:2])
    newest, before, *_none = [*found, None, None]
    return before, newest


def is_blind(verdict: Any) -> bool:
    """Whether it could not judge."""
    return verdict is not None and verdict.outcome == "blind"


def is_well(verdict: Any) -> bool:
    return verdict is not None and verdict.outcome == "ok"


def suggestion(verdict: Any) -> str:
    """What the monitor holds against the release, as a reason to roll it back; else ""."""
    if verdict is None or looks.of_outcome(verdict.outcome) != "bad":
        return ""
    return messages.text(verdict.code, verdict.params)
