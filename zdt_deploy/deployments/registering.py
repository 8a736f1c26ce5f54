"""The rows of a new deployment, before it has sent anybody anywhere."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any

from zdt_core import events
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.artifacts import Shipped
from zdt_deploy.deployments.models import Artifact, Deployment

_IS_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")
_IS_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def check_names(version: str, service: str, environment: str) -> None:
    """Raise Refused("version_malformed" or "label_malformed"): names travel in cookies and keys."""
    if not _IS_RELEASE.fullmatch(version):
        raise Refused("version_malformed", version=version[:80])
    for name in (service, environment):
        if not _IS_LABEL.fullmatch(name):
            raise Refused("label_malformed", name=name[:80])


def create(**facts: Any) -> Deployment:
    """A pending deployment; its id carries the database's time."""
    stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
    deployment: Deployment = Deployment.objects.create(
        id=f"deploy-{stamp}-{secrets.token_hex(4)}", **facts
    )
    deployment.refresh_from_db()
    return deployment


def ship(deployment: Deployment, artifacts: Iterable[Shipped]) -> None:
    """Add what is shipped. Raises Refused("artifact_twice")."""
    for item in artifacts:
        if deployment.artifacts.filter(name=item.name).exists():
            raise Refused("artifact_twice", name=item.name)
        Artifact.objects.create(
            deployment=deployment, name=item.name, sha256=item.sha256, size=item.size
        )


def record(deployment: Deployment, actor: Actor) -> None:
    """Write the event of the creation."""
    artifacts = {item.name: item.sha256 for item in deployment.artifacts.all()}
    events.record(
        "deployment.created",
        subject=("deployment", deployment.pk),
        actor=actor,
        after={
            "version": deployment.version,
            "previous_version": deployment.previous_version,
            "strategy": deployment.strategy,
            "plan": deployment.plan,
            "artifacts": artifacts,
        },
        reason=deployment.reason,
        service=deployment.service,
        environment=deployment.environment,
    )
