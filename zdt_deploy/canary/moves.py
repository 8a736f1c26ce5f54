"""What follows a move of the state machine, in its transaction: the share, and who works on."""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError

from zdt_core import database, jobs
from zdt_core.events import Actor
from zdt_deploy.canary import aftermath, monitor, orchestrator, rollback, share, weighing
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.canary.terms import terms
from zdt_deploy.canary.traffic.cloud import applying
from zdt_deploy.deployments import progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.signals import moved
from zdt_deploy.deployments.states import WATCHED, Event, State, Strategy

logger = logging.getLogger("zdt.monitor")


def connect() -> None:
    """Follow the moves of all deployments."""
    moved.connect(follow, dispatch_uid="zdt_deploy.canary")


def follow(
    sender: Any, deployment: Deployment, event: Event, before: State, actor: Actor, **kwargs: Any
) -> None:
    """Publish what the new state calls for, and start or wake the run that goes on from here."""
    old = _published(deployment)
    _publish(deployment)
    if deployment.strategy == Strategy.ROLLING:
        orchestrator.tell(deployment)
    match event:
        case Event.START:
            jobs.start(monitor.KIND, deployment.pk)
        case Event.ROLL_BACK:
            rollback.begin(deployment, old)
        case Event.RETREAT:
            region = _gone_now(deployment)
            weighing.forget(deployment, [region])
            rollback.begin(deployment, old, region)
        case Event.RETRY:
            rollback.begin_again(deployment)
        case _ if actor != aftermath.ACTOR and deployment.state in WATCHED:
            database.on_commit(lambda: _wake(deployment.pk))


def _gone_now(deployment: Deployment) -> str:
    """The region that went back with the newest move."""
    back = progress.gone_back(deployment)
    return next(r for r in back if deployment.regions[r]["back"] == deployment.revision)


def _publish(deployment: Deployment) -> None:
    shares = progress.shares_of(deployment)
    everywhere = shares.pop(progress.EVERYWHERE)
    wanted = terms(
        State(deployment.state),
        version=deployment.version,
        previous=deployment.previous_version,
        percentage=everywhere,
        regions=shares,
        splits=deployment.strategy != Strategy.ROLLING,
        valid_seconds=Plan.from_json(deployment.plan).valid_seconds,
    )
    if wanted is not None:
        share.publish(deployment.environment, deployment.service, wanted, deployment.pk)
        applying.ring(deployment.environment, deployment.service)


def _published(deployment: Deployment) -> TrafficShare | None:
    at = {"environment": deployment.environment, "service": deployment.service}
    row: TrafficShare | None = TrafficShare.objects.filter(**at).first()
    return row


def _wake(deployment_id: str) -> None:
    """After the commit, as waking takes locks in another order than the monitor does."""
    try:
        jobs.wake(monitor.KIND, deployment_id)
    except DatabaseError as error:
        logger.warning("The monitor of %s looks at its next slot: %s", deployment_id, error)
