"""One move of one deployment: everything that a move of the table entails, in one transaction."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError

from zdt_core import database, events
from zdt_core.exceptions import Refused, Stale
from zdt_deploy.deployments import effects, guards, progress, refusals, rivals, states
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.request import Request
from zdt_deploy.deployments.signals import moved
from zdt_deploy.deployments.states import PAST, Event, State


def perform(deployment_id: str, ask: Request) -> Deployment:
    """Move the deployment, or raise Refused and change nothing; a person's refusal is recorded."""
    kind, subject = f"deployment.{PAST[ask.event]}", ("deployment", deployment_id)
    with refusals.noted(kind, subject, actor=ask.actor, reason=ask.reason), database.atomic():
        return apply(lock(deployment_id), ask)


def lock(deployment_id: str) -> Deployment:
    """The deployment's row, which nobody else moves until the transaction ends."""
    found: Deployment | None
    found = Deployment.objects.select_for_update().filter(pk=deployment_id).first()
    if found is None:
        raise Refused("no_such_deployment", id=deployment_id)
    return found


def apply(deployment: Deployment, ask: Request) -> Deployment:
    """Move a locked deployment, inside the open transaction."""
    ask.check_revision(deployment)
    before, was = State(deployment.state), _facts(deployment)
    event = ask.event_for(deployment)
    move = states.move(before, event)
    ask.check_who(move, event)
    ask.check_reason(deployment, event)
    overridden = guards.require(event, deployment, ask.params, force=ask.force)
    _write(deployment, move.target, event, ask)
    _record(deployment, event, ask, was, overridden)
    moved.send(Deployment, deployment=deployment, event=event, before=before, actor=ask.actor)
    return deployment


def _write(deployment: Deployment, target: State, event: Event, ask: Request) -> None:
    """Compare and swap; the constraint has the last word on how many may be active."""
    changes = {
        **effects.of(deployment, event, ask.params),
        **ask.cause(event),
        "state": target.value,
        "state_since": database.Now(),
        "revision": deployment.revision + 1,
    }
    seen = deployment.revision
    same = {"pk": deployment.pk, "state": deployment.state, "revision": seen}
    try:
        with database.atomic():
            changed = Deployment.objects.filter(**same).update(**changes)
    except IntegrityError as error:
        rivals.refuse(deployment, error)
    deployment.refresh_from_db()
    if changed != 1:
        now = {"state": deployment.state, "revision": deployment.revision}
        raise Stale("stale_revision", **now, expected=seen)


def _record(
    deployment: Deployment,
    event: Event,
    ask: Request,
    was: dict[str, Any],
    overridden: list[dict[str, Any]],
) -> None:
    events.record(
        f"deployment.{PAST[event]}",
        subject=("deployment", deployment.pk),
        actor=ask.actor,
        before=was,
        after=_facts(deployment),
        reason=ask.reason,
        code=ask.code,
        params={**ask.params, "overridden": overridden} if overridden else ask.params,
        service=deployment.service,
        environment=deployment.environment,
    )


def _facts(deployment: Deployment) -> dict[str, Any]:
    shares = {region: f"{share:f}" for region, share in progress.shares_of(deployment).items()}
    return {
        "state": deployment.state,
        "step": deployment.step,
        "share": f"{progress.share_of(deployment):f}",
        **({"shares": shares} if deployment.regions else {}),
        "revision": deployment.revision,
    }
