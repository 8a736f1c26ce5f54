"""The deployment's record for auditors: one fixed shape."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from zdt_core import messages
from zdt_core.events import Event
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import PAST, State
from zdt_deploy.deployments.states import Event as Move

SUCCESS, FAILED, IN_PROGRESS = "SUCCESS", "FAILED", "IN_PROGRESS"
_STATUS = {
    State.COMPLETED: SUCCESS,
    State.ROLLED_BACK: FAILED,
    State.CANCELLED: FAILED,
}
_WENT_BACK = (State.ROLLING_BACK, State.STUCK, State.ROLLED_BACK)


def record(deployment: Deployment) -> dict[str, Any]:
    """Who brought what where and when, and how it ended; times are ISO 8601 in UTC.

    While the way back is open the status is IN_PROGRESS: it may still fail.
    """
    return {
        "id": deployment.pk,
        "version": deployment.version,
        "environment": deployment.environment,
        "deployed_by": deployment.started_by.partition(":")[2],
        "started_at": _utc(deployment.started_at or deployment.created_at),
        "completed_at": _utc(deployment.finished_at),
        "artifacts": {item.name: item.sha256 for item in deployment.artifacts.all()},
        "status": _STATUS.get(State(deployment.state), IN_PROGRESS),
        "metrics": {
            "duration_seconds": _duration(deployment),
            "instances_updated": deployment.instances,
            "rollback_performed": deployment.state in _WENT_BACK,
            "error": _error(deployment),
        },
    }


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _duration(deployment: Deployment) -> float | None:
    if deployment.finished_at is None:
        return None
    began = deployment.started_at or deployment.created_at
    return round((deployment.finished_at - began).total_seconds(), 3)


def _error(deployment: Deployment) -> str | None:
    """What sent it back: the first cause, not what happened on the way."""
    if deployment.state == State.CANCELLED:
        return messages.text(deployment.code, deployment.params) or None
    if deployment.state not in _WENT_BACK:
        return None
    kind = f"deployment.{PAST[Move.ROLL_BACK]}"
    rows = Event.objects.filter(
        subject_type="deployment", subject_id=deployment.pk, kind=kind, refused=False
    )
    first = rows.order_by("id").first()
    said = first.sentence if first else ""
    return said or messages.text(deployment.code, deployment.params) or None
