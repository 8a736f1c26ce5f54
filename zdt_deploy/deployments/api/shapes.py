"""How deployments look to programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zdt_deploy.deployments import outcomes, progress, sentences
from zdt_deploy.deployments.api import actions
from zdt_deploy.deployments.cli import shape
from zdt_deploy.deployments.models import Deployment


def full(deployment: Deployment) -> dict[str, Any]:
    """As `zdt_deployment status --json`, with the words of the API for what is possible."""
    found = shape.as_json(deployment)
    del found["possible"]
    return {**found, "allowed": actions.possible(deployment)}


def brief(deployment: Deployment, now: datetime) -> dict[str, Any]:
    """One of a list; ``now`` is the database's time."""
    return {
        "id": deployment.pk,
        "service": deployment.service,
        "environment": deployment.environment,
        "version": deployment.version,
        "previous_version": deployment.previous_version,
        "strategy": deployment.strategy,
        "state": deployment.state,
        "share": f"{progress.share_of(deployment):f}",
        "revision": deployment.revision,
        "sentence": sentences.describe(deployment, now),
        "started_by": deployment.started_by,
        "created_at": deployment.created_at,
        "finished_at": deployment.finished_at,
    }


def waited(deployment: Deployment, until: str) -> dict[str, Any]:
    """What somebody who waits has to know; ``succeeded`` is null until it is settled."""
    succeeded = outcomes.succeeded(deployment.state, until)
    return {
        "id": deployment.pk,
        "version": deployment.version,
        "state": deployment.state,
        "share": f"{progress.share_of(deployment):f}",
        "revision": deployment.revision,
        "until": until,
        "settled": succeeded is not None,
        "succeeded": succeeded,
        "sentence": sentences.describe(deployment),
    }


def where(deployment: Deployment) -> dict[str, Any]:
    """Where it stands and what it takes now, for those who were refused."""
    return {
        "id": deployment.pk,
        "version": deployment.version,
        "state": deployment.state,
        "revision": deployment.revision,
        "allowed": actions.possible(deployment),
    }
