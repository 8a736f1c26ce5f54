"""Starting a deployment: everything that must be so before the first user is sent anywhere."""

from __future__ import annotations

from collections.abc import Iterable

from zdt_core import database
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import (
    catalogue,
    clock,
    moving,
    refusals,
    registering,
    rivals,
    stable,
    standstill,
)
from zdt_deploy.deployments.artifacts import Shipped
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.request import Request
from zdt_deploy.deployments.states import Event, State, Strategy

_STARTED = "deployment.started"


def start(
    *,
    version: str,
    environment: str,
    service: str,
    actor: Actor,
    strategy: str | None = None,
    plan: Plan | None = None,
    reason: str = "",
    artifacts: Iterable[Shipped] = (),
    previous_version: str | None = None,
    hold: bool = False,
    close_window: bool = False,
    force: bool = False,
) -> Deployment:
    """Record a deployment of ``version`` and publish its first share; ``hold`` only records it.

    ``strategy`` is the plan's, "canary" where there is none; ``plan`` defaults to the strategy's.
    ``previous_version`` is worked out where it is None (`stable.find`). ``close_window`` agrees to
    close the way back of the deployment before; ``force`` overrides what is asked of stable.
    Raises Refused with nothing changed; a person's attempt is recorded.
    """
    at = {"service": service, "environment": environment}
    subject = ("release", version)
    with refusals.noted(_STARTED, subject, actor=actor, reason=reason, **at), database.atomic():
        registering.check_names(version, service, environment)
        wanted = _plan(plan, strategy)
        standstill.enter(environment)
        others = rivals.lock(service, environment)
        if not hold:
            _refuse_if_in_the_way(others, close_window)
        deployment = registering.create(
            **at,
            version=version,
            previous_version=stable.find(environment, service, version, previous_version, force),
            strategy=wanted.strategy.value,
            plan=wanted.to_json(),
            started_by=str(actor),
            reason=reason,
        )
        registering.ship(deployment, artifacts)
        registering.record(deployment, actor)
        if hold:
            return deployment
        return _go(deployment, others, Request(Event.START, actor, reason, force=force))


def begin(
    deployment_id: str,
    *,
    actor: Actor,
    reason: str = "",
    expected_revision: int | None = None,
    close_window: bool = False,
    force: bool = False,
) -> Deployment:
    """Publish the first share of a deployment that was only recorded; like `start` otherwise."""
    ask = Request(Event.START, actor, reason, expected_revision, force=force)
    subject = ("deployment", deployment_id)
    with refusals.noted(_STARTED, subject, actor=actor, reason=reason), database.atomic():
        deployment, others = _lock_with_others(deployment_id)
        if deployment.state == State.PENDING:
            _refuse_if_in_the_way(others, close_window)
            at = (deployment.environment, deployment.service, deployment.version)
            stable.find(*at, deployment.previous_version, force)
        return _go(deployment, others, ask)


def _lock_with_others(deployment_id: str) -> tuple[Deployment, list[Deployment]]:
    known = Deployment.objects.filter(pk=deployment_id).first()
    if known is None:
        raise Refused("no_such_deployment", id=deployment_id)
    rows = {row.pk: row for row in rivals.lock(known.service, known.environment, deployment_id)}
    return rows.pop(deployment_id), list(rows.values())


def _refuse_if_in_the_way(others: list[Deployment], close_window: bool) -> None:
    """One that is active is; one whose way back is open is unless that may be closed."""
    for other in others:
        if other.state != State.BAKING:
            raise rivals.duplicate(other, other.service, other.environment)
    for other in others:
        until = other.window_until
        if not close_window and until and until > clock.now():
            raise Refused(
                "window_open",
                id=other.pk,
                version=other.version,
                previous=other.previous_version,
                until=until.isoformat(timespec="seconds"),
            )


def _go(deployment: Deployment, others: list[Deployment], ask: Request) -> Deployment:
    ask.check_revision(deployment)
    for other in others:
        if other.state == State.BAKING and deployment.state == State.PENDING:
            _close_window(other, deployment, ask)
    return moving.apply(deployment, ask)


def _close_window(other: Deployment, deployment: Deployment, ask: Request) -> None:
    by = {"id": deployment.pk, "version": deployment.version}
    moving.apply(
        other, Request(Event.COMPLETE, ask.actor, ask.reason, code="window_closed", params=by)
    )


def _plan(plan: Plan | None, strategy: str | None) -> Plan:
    if plan is None:
        return catalogue.default(strategy or Strategy.CANARY)
    return plan if strategy in (None, plan.strategy) else plan.changed({"strategy": strategy})
