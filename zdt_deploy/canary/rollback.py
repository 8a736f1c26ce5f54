"""The rest of the way back: traffic is on stable with the move itself, in one transaction.

What remains is a run of its own: call the callbacks until each has succeeded, and see that every
router obeys. It is the same where one region goes back and the others stay: callbacks are told
which, and the routers are its own. When it cannot be done, the deployment is stuck and says why; a
person mends the cause and retries, and what had succeeded is not repeated. A deployment of which
others stay goes on being watched instead: people are told, and it is tried on.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from zdt_core import database, events, jobs
from zdt_core.jobs.models import Run
from zdt_core.jobs.slices import Save
from zdt_deploy.canary import callbacks, returned, signals
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.canary.terms import HOLD_FROM
from zdt_deploy.canary.traffic.cloud import standing
from zdt_deploy.conf import conf
from zdt_deploy.deployments import clock, machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import WATCHED, State, Strategy

KIND = "canary.rollback"
RETURNED, NOT_RETURNED = "deployment.region_returned", "deployment.region_not_returned"
ACTOR = events.Actor.system("rollback")
LOOKS_PER_REFRESH = 10
_LIVE = (Run.State.READY, Run.State.PAUSED)


def key(deployment: Deployment, region: str = "") -> str:
    """That of the run; a region that goes back once more is another one's."""
    if not region:
        return str(deployment.pk)
    return f"{deployment.pk}/{region}/{deployment.regions.get(region, {}).get('back')}"


def begin(deployment: Deployment, before: TrafficShare | None, region: str = "") -> None:
    """Start the run in the open transaction; ``before`` is what was published until now."""
    end = _end_of(before, region)
    params: dict[str, Any] = {
        "deployment": deployment.pk,
        "region": region,
        "old_valid_until": None if end is None else end.isoformat(),
        "code": deployment.code,
        "params": deployment.params,
    }
    jobs.start(KIND, key(deployment, region), params=params)


def _end_of(before: TrafficShare | None, region: str) -> datetime | None:
    """Until when a router that hears nothing goes on with ``before``; None where it holds it."""
    if before is None:
        return None
    shares = before.shares()
    most = shares.get(region, before.percentage) if region else max(shares.values())
    return None if most >= HOLD_FROM else before.valid_until


def begin_again(deployment: Deployment, region: str = "") -> None:
    """The same for a retry: the reason stays, and what had succeeded is not repeated."""
    last = Run.objects.filter(kind=KIND, key=key(deployment, region)).order_by("-id").first()
    if last is None:
        begin(deployment, None, region)
    else:
        done = last.cursor.get("done", last.params.get("done", []))
        jobs.start(KIND, last.key, params={**last.params, "done": done})


def begin_if_lost(deployment: Deployment, region: str = "") -> None:
    """No way back is left half gone, whatever became of its run. That of a region ends by itself
    only once it is done."""
    fine = (*_LIVE, Run.State.SUCCEEDED) if region else _LIVE
    known = Run.objects.filter(kind=KIND, key=key(deployment, region), state__in=fine)
    if not known.exists():
        begin_again(deployment, region)


class Stands(enum.Enum):
    """How far the way back of a region is."""

    GOING = enum.auto()
    TROUBLED = enum.auto()  # people were told, and it is tried on
    BACK = enum.auto()


def stands(deployment: Deployment, region: str) -> Stands:
    run = Run.objects.filter(kind=KIND, key=key(deployment, region)).order_by("-id").first()
    if run is None:
        return Stands.GOING
    if run.state == Run.State.SUCCEEDED:
        return Stands.BACK
    return Stands.TROUBLED if run.cursor.get("told") else Stands.GOING


def go_back(work: jobs.Slice) -> jobs.Then:
    """A slice of the rollback."""
    deployment = Deployment.objects.filter(pk=work.params["deployment"]).first()
    if deployment is None or not _is_wanted(work, deployment):
        return jobs.done()
    work.cursor = {"done": work.params.get("done", []), **work.cursor}
    for path in callbacks.pending(work.cursor):
        if work.should_stop():
            return jobs.again()
        callbacks.attempt(work, path)
    with work.commit() as save:
        locked = Deployment.objects.select_for_update().get(pk=deployment.pk)
        then = _conclude(work, locked, save)
        save(then=then)
    return then


def _is_wanted(work: jobs.Slice, deployment: Deployment) -> bool:
    """Not once it is over, nor for a region that is tried again, or that all others follow."""
    region = work.params["region"]
    if not region:
        return deployment.state == State.ROLLING_BACK
    return deployment.state in WATCHED and work.key == key(deployment, region)


def _conclude(work: jobs.Slice, deployment: Deployment, save: Save) -> jobs.Then:
    """Finish, give up, or come back later; in the transaction that says so."""
    if not _is_wanted(work, deployment):
        return jobs.done()
    if failed := callbacks.exhausted(work.cursor):
        return _give_up(work, deployment, save, "rollback_callback_failed", failed)
    if callbacks.pending(work.cursor):
        return jobs.after(callbacks.pause(work.cursor))
    left = _left(work, deployment)
    if left is None:
        return _finish(work, deployment)
    code, params = left
    seconds = (clock.now() - _since(work, deployment)).total_seconds()
    if seconds > _patience(deployment, work.params["region"]):
        return _give_up(work, deployment, save, code, {**params, "seconds": round(seconds)})
    return jobs.after(conf.ROUTER_REFRESH_SECONDS / LOOKS_PER_REFRESH)


def _left(work: jobs.Slice, deployment: Deployment) -> tuple[str, dict[str, Any]] | None:
    """Who is not back yet, as a code with params; None once everyone is."""
    if deployment.strategy == Strategy.ROLLING:
        return returned.processes_left(deployment)
    old = work.params["old_valid_until"]
    until = None if old is None else datetime.fromisoformat(old)
    return returned.routers_left(deployment, until, work.params["region"])


def _since(work: jobs.Slice, deployment: Deployment) -> datetime:
    """When it was sent back."""
    region = work.params["region"]
    if not region:
        return deployment.state_since
    return datetime.fromisoformat(deployment.regions[region]["since"])


def _patience(deployment: Deployment, region: str) -> float:
    """Seconds to wait; not for a balancer that only a person can help."""
    if deployment.strategy == Strategy.ROLLING:
        plan = Plan.from_json(deployment.plan)
        return max(conf.ROLLBACK_PATIENCE_SECONDS, plan.patience_seconds)
    if standing.need_a_person(deployment.environment, deployment.service, region):
        return conf.ROUTER_REFRESH_SECONDS
    return conf.ROLLBACK_PATIENCE_SECONDS


def _finish(work: jobs.Slice, deployment: Deployment) -> jobs.Then:
    region, code = work.params["region"], work.params.get("code", "")
    if region:
        _record(RETURNED, deployment, "region_returned", {"region": region})
    else:
        params = work.params.get("params", {})
        machine.finish_rollback(deployment.pk, actor=ACTOR, code=code, params=params)
    database.on_commit(lambda: signals.announce_rollback(deployment.pk, region))
    return jobs.done()


def _give_up(
    work: jobs.Slice, deployment: Deployment, save: Save, code: str, params: dict[str, Any]
) -> jobs.Then:
    """Leave it to a person; where a region's is tried on, they are told once for each cause."""
    region = work.params["region"]
    if not region:
        machine.go_stuck(deployment.pk, actor=ACTOR, code=code, params=params)
        return jobs.done()
    if work.cursor.get("told") != code:
        save(cursor={**work.cursor, "told": code})
        said = code.replace("rollback_", "retreat_")
        _record(NOT_RETURNED, deployment, said, {**params, "region": region})
    return jobs.after(conf.ROLLBACK_RETRY_SECONDS)


def _record(kind: str, deployment: Deployment, code: str, params: dict[str, Any]) -> None:
    events.record(
        kind, subject=("deployment", deployment.pk), actor=ACTOR, code=code, params=params,
        service=deployment.service, environment=deployment.environment,
    )  # fmt: skip
