"""The rest of the way back: traffic is on stable with the move itself, in one transaction.

What remains is a run of its own: call the callbacks until each has succeeded, and see that every
router obeys. When that cannot be done, the deployment is stuck and says why; a person mends the
cause and retries, and what had succeeded is not repeated.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zdt_core import database, events, jobs
from zdt_core.jobs.models import Run
from zdt_deploy.canary import callbacks, followers, signals
from zdt_deploy.canary.followers import Followers
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.canary.traffic import troubles
from zdt_deploy.canary.traffic.cloud import standing
from zdt_deploy.conf import conf
from zdt_deploy.deployments import clock, machine, replacing
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import State, Strategy

KIND = "canary.rollback"
ACTOR = events.Actor.system("rollback")
LOOKS_PER_REFRESH = 10


def begin(deployment: Deployment, old_valid_until: datetime | None) -> None:
    """Start the run in the open transaction; ``old_valid_until`` is that of the share before."""
    params: dict[str, Any] = {
        "old_valid_until": None if old_valid_until is None else old_valid_until.isoformat(),
        "code": deployment.code,
        "params": deployment.params,
    }
    jobs.start(KIND, deployment.pk, params=params)


def begin_again(deployment: Deployment) -> None:
    """The same for a retry: the reason stays, and what had succeeded is not repeated."""
    last = Run.objects.filter(kind=KIND, key=deployment.pk).order_by("-id").first()
    if last is None:
        begin(deployment, None)
    else:
        done = last.cursor.get("done", last.params.get("done", []))
        jobs.start(KIND, deployment.pk, params={**last.params, "done": done})


def go_back(work: jobs.Slice) -> jobs.Then:
    """A slice of the rollback."""
    deployment = Deployment.objects.filter(pk=work.key).first()
    if deployment is None or deployment.state != State.ROLLING_BACK:
        return jobs.done()
    work.cursor = {"done": work.params.get("done", []), **work.cursor}
    for path in callbacks.pending(work.cursor):
        if work.should_stop():
            return jobs.again()
        callbacks.attempt(work, path)
    with work.commit() as save:
        then = _conclude(work, Deployment.objects.select_for_update().get(pk=work.key))
        save(then=then)
    return then


def _conclude(work: jobs.Slice, deployment: Deployment) -> jobs.Then:
    """Finish, get stuck, or come back later; in the transaction that says so."""
    if deployment.state != State.ROLLING_BACK:
        return jobs.done()
    if failed := callbacks.exhausted(work.cursor):
        return _stuck(deployment, "rollback_callback_failed", failed)
    if callbacks.pending(work.cursor):
        return jobs.after(callbacks.pause(work.cursor))
    if deployment.strategy == Strategy.ROLLING:
        return _conclude_replacing(work, deployment)
    moment = clock.now()
    row = TrafficShare.objects.filter(deployment=deployment).first()
    found = followers.of(deployment.environment, deployment.service, row.epoch if row else 0)
    if _has_returned(work, found, moment, row.changed_at if row else deployment.state_since):
        return _finish(work, deployment)
    waited = (moment - deployment.state_since).total_seconds()
    if waited > _patience(deployment):
        return _stuck(deployment, *_missing(deployment, found, round(waited)))
    return jobs.after(conf.ROUTER_REFRESH_SECONDS / LOOKS_PER_REFRESH)


def _patience(deployment: Deployment) -> float:
    """Seconds to wait for routers; not for a balancer that only a person can help."""
    if standing.need_a_person(deployment.environment, deployment.service):
        return conf.ROUTER_REFRESH_SECONDS
    return conf.ROLLBACK_PATIENCE_SECONDS


def _missing(deployment: Deployment, found: Followers, seconds: int) -> tuple[str, dict[str, Any]]:
    """Who has not followed, and why where that was told."""
    facts: dict[str, Any] = {"seconds": seconds, "instances": [*found.behind, *found.unheard]}
    told = troubles.of(deployment.environment, deployment.service)
    if not told:
        return "rollback_not_followed", facts
    return "rollback_not_applied", {**facts, "cause": told[0].code, "cause_params": told[0].params}


def _conclude_replacing(work: jobs.Slice, deployment: Deployment) -> jobs.Then:
    """Everyone is back once the fleet has no process of the new release any more."""
    fleet = replacing.fleet(deployment)
    if fleet.has_returned():
        return _finish(work, deployment)
    patience = max(conf.ROLLBACK_PATIENCE_SECONDS, Plan.from_json(deployment.plan).patience_seconds)
    waited = (clock.now() - deployment.state_since).total_seconds()
    if waited > patience:
        facts = {"release": deployment.version, "previous": deployment.previous_version}
        left = {"left": len(fleet.lingering), "instances": list(fleet.lingering), "old": fleet.old}
        return _stuck(
            deployment, "rollback_not_replaced", {**facts, **left, "seconds": round(waited)}
        )
    return jobs.after(conf.ROUTER_REFRESH_SECONDS / LOOKS_PER_REFRESH)


def _has_returned(
    work: jobs.Slice, found: Followers, moment: datetime, published: datetime
) -> bool:
    old = work.params.get("old_valid_until")
    lapsed = old is not None and moment > datetime.fromisoformat(old)
    seconds = (moment - published).total_seconds()
    return followers.have_returned(found, seconds, conf.ROUTER_REFRESH_SECONDS, lapsed)


def _finish(work: jobs.Slice, deployment: Deployment) -> jobs.Then:
    code, params = work.params.get("code", ""), work.params.get("params", {})
    machine.finish_rollback(deployment.pk, actor=ACTOR, code=code, params=params)
    database.on_commit(lambda: signals.announce_rollback(deployment.pk))
    return jobs.done()


def _stuck(deployment: Deployment, code: str, params: dict[str, Any]) -> jobs.Then:
    machine.go_stuck(deployment.pk, actor=ACTOR, code=code, params=params)
    return jobs.done()
