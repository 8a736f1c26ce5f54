"""A drill at work: the rollback that every deployment has, and a look each second at how far it is.

A slice may be killed at any line: the rollback and the note that it was decided commit together,
each time is written once, and the next slice goes on from the row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zdt_core import database, events, jobs
from zdt_core.exceptions import Refused
from zdt_core.jobs.models import Run
from zdt_deploy.canary import followers, rollback
from zdt_deploy.canary.ingest import Intake
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.canary.sources import Source
from zdt_deploy.conf import conf
from zdt_deploy.deployments import clock, machine, moving
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State as Stage
from zdt_deploy.drills import listening, operations, outcomes, suitable
from zdt_deploy.drills.listening import Silence
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import Outcome, Point, State

ACTOR = events.Actor.system("drill")
ROLLS_BACK = "drill_rolls_back"
"""Why a deployment goes back that is rehearsed."""

LOOK_SECONDS = 1.0


def rehearse(work: jobs.Slice, source: Source) -> jobs.Then:
    """A slice of the drill ``work.key``."""
    row = Drill.objects.filter(pk=work.key).select_related("deployment").first()
    if row is None or row.state not in (State.CALLED, State.RETURNING):
        return jobs.done()
    if row.state == State.CALLED:
        return _decide(work, row)
    intake = listening.take_in(work, row, source) if row.zero_at else None
    if intake is not None and intake.behind:
        return jobs.again()
    with work.commit() as save:
        locked = operations.lock(row.pk)
        then = jobs.done() if locked is None else _look(locked, intake)
        save(then=then)
    return then


def _decide(work: jobs.Slice, row: Drill) -> jobs.Then:
    """Roll the deployment back, as the monitor does, if a drill may still begin; not long after it
    was called for, as it is another thing by then."""
    with work.commit() as save:
        deployment = moving.lock(row.deployment_id)
        locked = operations.lock(row.pk)
        if locked is not None and locked.state == State.CALLED:
            waited = _waited(locked, clock.now())
            obstacles = suitable.obstacles(deployment)
            if waited > _patience(locked):
                operations.end(locked, outcomes.of(locked.taken(decision=waited)), actor=ACTOR)
            elif obstacles:
                found = obstacles[0]
                _call_off(locked, "drill_not_suitable", found.code, found.params)
            else:
                _roll_back(locked)
        then = jobs.after(LOOK_SECONDS)
        save(then=then)
    return then


def _roll_back(row: Drill) -> None:
    said = {"drill": row.pk, "who": row.person}
    try:
        machine.roll_back(row.deployment_id, actor=ACTOR, code=ROLLS_BACK, params=said)
    except Refused as refusal:
        _call_off(row, "drill_refused", refusal.code, refusal.params)
    else:
        operations.write(row, state=State.RETURNING.value, decided_at=database.Now())


def _call_off(row: Drill, code: str, cause: str, params: dict[str, Any]) -> None:
    facts = {"cause": cause, "cause_params": params}
    operations.end(row, Outcome(State.CALLED_OFF, code, facts), actor=ACTOR)


def _look(row: Drill, intake: Intake | None) -> jobs.Then:
    """Write down what is to be seen now, and settle the drill once nothing more will be."""
    if row.state != State.RETURNING:
        return jobs.done()
    now, deployment = clock.now(), row.deployment
    if row.zero_at is None and (zero := _zero(deployment, now)):
        operations.write(row, zero_at=zero)
        return jobs.again()  # nobody has listened yet
    heard = Silence(why="drill_not_quiet_yet")
    if row.stable_at is None and intake is not None:
        heard = listening.listen(row, intake)
        if heard.at is not None:
            row = operations.write(row, stable_at=heard.at, accuracy=heard.accuracy)
    outcome = _outcome(row, deployment, heard, now)
    if outcome is None:
        return jobs.after(LOOK_SECONDS)
    operations.end(row, outcome, actor=ACTOR)
    return jobs.done()


def _zero(deployment: Deployment, now: datetime) -> datetime | None:
    """When no router sent anyone to the new release any more; a rollback that has finished by
    itself saw that."""
    if deployment.state == Stage.ROLLED_BACK:
        return deployment.finished_at
    return now if _has_returned(deployment, now) else None


def _has_returned(deployment: Deployment, now: datetime) -> bool:
    """Whether every router obeys 0 %, as its rollback asks; False where nobody can tell."""
    row = TrafficShare.objects.filter(deployment=deployment).first()
    run = Run.objects.filter(kind=rollback.KIND, key=deployment.pk).order_by("-id").first()
    if row is None or run is None:
        return False
    end = run.params["old_valid_until"]
    lapsed = end is not None and now > datetime.fromisoformat(end)
    found = followers.of(deployment.environment, deployment.service, row.epoch)
    seconds = (now - row.changed_at).total_seconds()
    return followers.have_returned(found, seconds, conf.ROUTER_REFRESH_SECONDS, lapsed)


def _outcome(row: Drill, deployment: Deployment, heard: Silence, now: datetime) -> Outcome | None:
    """What the drill comes to; None while there is more to see."""
    if deployment.state == Stage.STUCK:
        cause = {"cause": deployment.code, "cause_params": deployment.params}
        return Outcome(State.FAILED, "drill_stuck", cause)
    finished = deployment.state == Stage.ROLLED_BACK
    if finished and None not in (row.zero_at, row.stable_at):
        return outcomes.of(row.taken())
    waited = _waited(row, now)
    disturbed = row.stable_at is None and _next_began(row)
    if not disturbed and waited <= _patience(row):
        return None
    if not finished:
        return Outcome(State.FAILED, "drill_unfinished", {"seconds": round(waited)})
    least = {Point.ZERO.value: waited}
    if heard.still is not None:
        least[Point.STABLE.value] = _waited(row, heard.still)
    why = "drill_next_began" if disturbed else heard.why
    return outcomes.of(row.taken(**least), (why, heard.facts))


def _waited(row: Drill, now: datetime) -> float:
    """Seconds since the rollback was called for."""
    return (now - (row.called_at or row.created_at)).total_seconds()


def _patience(row: Drill) -> float:
    """Seconds after which nothing is waited for any more."""
    return float(max(conf.ROLLBACK_PATIENCE_SECONDS, *row.goals.values()))


def _next_began(row: Drill) -> bool:
    """Another deployment has users now, so that requests tell nothing of this one any more."""
    at = {"service": row.service, "environment": row.environment}
    others = Deployment.objects.filter(**at, started_at__gt=row.decided_at)
    return bool(others.exclude(pk=row.deployment_id).exists())
