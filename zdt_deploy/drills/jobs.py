"""The run and the chores of drills."""

from __future__ import annotations

from zdt_core import database, jobs
from zdt_core.jobs.queues import MONITOR
from zdt_deploy.canary.sources.choice import chosen
from zdt_deploy.drills import due, operations, rehearsing
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import State

_AT_WORK = (State.CALLED.value, State.RETURNING.value)


@jobs.task(operations.KIND, queue=MONITOR)
def rehearse(work: jobs.Slice) -> jobs.Then:
    """One look of a drill, or its rollback; it never gives up."""
    return rehearsing.rehearse(work, chosen())


@jobs.ticker.every("drills.due", 60)
def see_to_it() -> None:
    due.see_to_it()


@jobs.ticker.every("drills.begin", 5)
def begin() -> None:
    """Call for the drills whose time has come, and leave none without its run."""
    waiting = Drill.objects.filter(state=State.ANNOUNCED.value, begins_at__lte=database.Now())
    for pk in waiting.values_list("pk", flat=True):
        operations.call(pk, actor=rehearsing.ACTOR)
    for pk in Drill.objects.filter(state__in=_AT_WORK).values_list("pk", flat=True):
        jobs.start(operations.KIND, pk)
