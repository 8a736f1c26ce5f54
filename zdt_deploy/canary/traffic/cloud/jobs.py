"""The run of each balancer, and the chore that sees that there is one."""

from __future__ import annotations

from zdt_core import jobs
from zdt_core.jobs.queues import MONITOR
from zdt_deploy.canary.traffic.cloud import applying


@jobs.task(applying.KIND, queue=MONITOR, lease=20)
def look(work: jobs.Slice) -> jobs.Then:
    """One look at a balancer; it never gives up."""
    return applying.look(work)


@jobs.ticker.every("canary.balancers", 10)
def keep_looking() -> None:
    """No balancer is left alone with a share, whatever became of its run."""
    applying.keep_looking()
