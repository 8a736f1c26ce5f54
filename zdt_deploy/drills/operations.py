"""The moves of a drill, each in one transaction with its event.

What people ask for raises Refused with nothing changed, and their attempt is recorded. The
deployment is locked before the drill, by everybody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError

from zdt_core import database, events, jobs
from zdt_core.events import Actor
from zdt_core.exceptions import Refused, Stale
from zdt_deploy.deployments import moving, refusals
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.drills import suitable
from zdt_deploy.drills.conf import conf
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import LIVE, Outcome, Point, State

KIND = "drills.rehearse"
"""Of the run that rolls back and takes the times."""

ANNOUNCED, CALLED, FINISHED = "drill.announced", "drill.called", "drill.finished"
CALLED_OFF = "drill.called_off"
LONGEST_REASON = 2000
_ONE = "zdt_one_drill"


def start(deployment_id: str, *, actor: Actor, reason: str = "") -> Drill:
    """Call for the rollback of a deployment that is under way, now."""
    subject = ("deployment", deployment_id)
    with refusals.noted(CALLED, subject, actor=actor, reason=reason), database.atomic():
        deployment = moving.lock(deployment_id)
        _refuse_second(deployment)
        suitable.require(deployment)
        if len(reason) > LONGEST_REASON:
            raise Refused("drill_reason_long", most=LONGEST_REASON)
        called = {"state": State.CALLED.value, "called_at": database.Now()}
        row = _create(deployment, actor, reason=reason.strip(), **called)
        jobs.start(KIND, row.pk)
        _record(CALLED, row, actor, reason=row.reason)
    return row


def announce(deployment_id: str, *, actor: Actor) -> Drill:
    """Tell that a deployment's rollback is rehearsed in ZDT_DRILL_NOTICE_MINUTES."""
    with database.atomic():
        deployment = moving.lock(deployment_id)
        _refuse_second(deployment)
        suitable.require(deployment)
        begins = database.Now() + timedelta(minutes=conf.DRILL_NOTICE_MINUTES)
        row = _create(deployment, actor, state=State.ANNOUNCED.value, begins_at=begins)
        facts = {"begins": row.begins_at.isoformat(timespec="minutes")}
        _record(ANNOUNCED, row, actor, code="drill_due_announced", params=facts)
    return row


def call(drill_id: int, *, actor: Actor) -> Drill:
    """Call for the rollback of an announced drill whose time has come; where it may not begin any
    more it is called off with the reason."""
    with database.atomic():
        row = _lock(drill_id)
        if row.state != State.ANNOUNCED:
            return row
        obstacles = suitable.obstacles(row.deployment)
        if obstacles:
            cause = {"cause": obstacles[0].code, "cause_params": obstacles[0].params}
            return end(row, Outcome(State.CALLED_OFF, "drill_not_suitable", cause), actor=actor)
        row = write(row, state=State.CALLED.value, called_at=database.Now())
        jobs.start(KIND, row.pk)
        _record(CALLED, row, actor, code="drill_due_called")
    return row


def call_off(
    drill_id: int, *, actor: Actor, reason: str = "", expected_revision: int | None = None
) -> Drill:
    """Drop a drill that was announced; what has been called for goes back."""
    subject = ("drill", str(drill_id))
    with refusals.noted(CALLED_OFF, subject, actor=actor, reason=reason), database.atomic():
        row = _lock(drill_id)
        if row.state != State.ANNOUNCED:
            raise Refused("drill_too_late", id=row.pk, state=row.state)
        if expected_revision not in (None, row.revision):
            raise Stale("drill_moved", id=row.pk)
        if len(reason) > LONGEST_REASON:
            raise Refused("drill_reason_long", most=LONGEST_REASON)
        said = {"who": actor.name}
        outcome = Outcome(State.CALLED_OFF, "drill_called_off", said)
        return end(row, outcome, actor=actor, reason=reason.strip())


def end(row: Drill, outcome: Outcome, *, actor: Actor, reason: str = "") -> Drill:
    """Settle a locked drill in the open transaction."""
    row = write(
        row,
        state=outcome.state.value,
        code=outcome.code,
        params=outcome.params,
        finished_at=database.Now(),
    )
    kind = CALLED_OFF if outcome.state is State.CALLED_OFF else FINISHED
    _record(kind, row, actor, reason=reason, code=row.code, params=row.params)
    return row


def write(row: Drill, **changes: Any) -> Drill:
    """Change a locked drill, and return it as it is then."""
    Drill.objects.filter(pk=row.pk).update(revision=row.revision + 1, **changes)
    row.refresh_from_db()
    return row


def lock(drill_id: object) -> Drill | None:
    """The drill, which nobody else moves until the transaction ends; None where there is none."""
    row: Drill | None = Drill.objects.select_for_update().filter(pk=drill_id).first()
    return row


def live(**at: str) -> Drill | None:
    """The drill that is announced or under way there."""
    row: Drill | None = Drill.objects.filter(state__in=LIVE, **at).first()
    return row


def facts(row: Drill) -> dict[str, Any]:
    """The drill for events."""
    times = {f"{point}_seconds": row.seconds(point) for point in Point}
    return {"state": row.state, "deployment": row.deployment_id, **times}


def _lock(drill_id: int) -> Drill:
    known = Drill.objects.filter(pk=drill_id).first()
    if known is None:
        raise Refused("no_such_drill", id=str(drill_id)[:40])
    deployment = moving.lock(known.deployment_id)
    row: Drill = Drill.objects.select_for_update().get(pk=drill_id)
    row.deployment = deployment
    return row


def _refuse_second(deployment: Deployment) -> None:
    other = live(service=deployment.service, environment=deployment.environment)
    if other is not None:
        raise _second(other)


def _second(other: Drill | None) -> Refused:
    by = other.person if other else "-"
    return Refused("drill_under_way", id=other.pk if other else "-", by=by)


def _create(deployment: Deployment, actor: Actor, **facts: Any) -> Drill:
    """The row; the constraint has the last word on whether another one lives."""
    at = {"service": deployment.service, "environment": deployment.environment}
    goals = {
        Point.DECISION.value: conf.DRILL_DECISION_SECONDS,
        Point.ZERO.value: conf.DRILL_ZERO_SECONDS,
        Point.STABLE.value: conf.DRILL_STABLE_SECONDS,
    }
    try:
        with database.atomic():
            row: Drill = Drill.objects.create(
                deployment=deployment, **at, begun_by=str(actor)[:220], goals=goals, **facts
            )
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != _ONE:
            raise
        raise _second(live(**at)) from error
    row.refresh_from_db()
    return row


def _record(kind: str, row: Drill, actor: Actor, **said: Any) -> None:
    events.record(
        kind,
        subject=("drill", row.pk),
        actor=actor,
        after=facts(row),
        service=row.service,
        environment=row.environment,
        **said,
    )
