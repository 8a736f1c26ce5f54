"""The runs and chores of the canary."""

from __future__ import annotations

from zdt_core import jobs
from zdt_core.conf import conf as core
from zdt_core.jobs.queues import MONITOR
from zdt_deploy.canary import ingest, monitor, orchestrator, overtaking, regions, rollback, share
from zdt_deploy.canary.sources.choice import chosen
from zdt_deploy.deployments import progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import ACTIVE, State


@jobs.task(monitor.KIND, queue=MONITOR)
def watch(work: jobs.Slice) -> jobs.Then:
    """One tick of the watch over a deployment; it never gives up."""
    return monitor.tick(work, chosen())


@jobs.task(rollback.KIND, queue=MONITOR)
def go_back(work: jobs.Slice) -> jobs.Then:
    """What remains of a rollback once traffic is on stable."""
    return rollback.go_back(work)


@jobs.task(orchestrator.KIND, queue=MONITOR)
def tell_the_orchestrator(work: jobs.Slice) -> jobs.Then:
    """Have who replaces processes pause or go on."""
    return orchestrator.follow(work)


@jobs.ticker.every("canary.unwatched", 30)
def watch_the_unwatched() -> None:
    """No canary is left unwatched, and no rollback half done, whatever became of its run."""
    for deployment in Deployment.objects.filter(state__in=ACTIVE).exclude(state=State.STUCK):
        if deployment.state == State.ROLLING_BACK:
            rollback.begin_if_lost(deployment)
            continue
        jobs.start(monitor.KIND, deployment.pk)  # the live one, where it has one
        for region in progress.gone_back(deployment):
            rollback.begin_if_lost(deployment, region)


@jobs.ticker.every("canary.regions", lambda: core.METRICS_WINDOW / 2, regional=True)
def take_in_this_region() -> None:
    """Where a release goes from region to region, all are judged in one place."""
    regions.take_in(chosen())


@jobs.ticker.every("canary.copies", 10, regional=True)
def heal_copies() -> None:
    """Redis may have been restarted empty, or away when a share was published; PostgreSQL may have
    lost what routers know."""
    overtaking.overtake()
    share.copy_all()


@jobs.ticker.every("canary.windows", 3600)
def forget_old_windows() -> None:
    ingest.forget_old()
