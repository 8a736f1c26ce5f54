"""The runs and chores of backfills."""

from __future__ import annotations

from zdt_core import database, jobs
from zdt_core.jobs.models import Run
from zdt_deploy.backfills import opening, planning, runs
from zdt_deploy.backfills.ending import locked
from zdt_deploy.backfills.models import Backfill, Range

State = Backfill.State


@jobs.task(runs.PLAN)
def plan(work: jobs.Slice) -> jobs.Then:
    """Cut the table into ranges."""
    return planning.plan(work)


@jobs.task(runs.LANE)
def work_lane(work: jobs.Slice) -> jobs.Then:
    """Work one range after the other."""
    return opening.work(work)


@jobs.ticker.every("backfills.unattended", 30)
def attend() -> None:
    """No backfill is left without a run that works on it, whatever became of its runs."""
    for row in Backfill.objects.filter(state__in=(State.PLANNING, State.RUNNING)):
        with database.atomic():
            _attend(locked(row.pk))


def _attend(row: Backfill) -> None:
    if row.state == State.PLANNING:
        runs.plan(row)
        return
    if row.state != State.RUNNING:
        return
    live = Run.objects.filter(
        kind=runs.LANE, key__startswith=f"{row.pk}/", state__in=(Run.State.READY, Run.State.PAUSED)
    )
    at_work = {runs.read_lane_key(key)[1] for key in live.values_list("key", flat=True)}
    ranges = Range.objects.filter(backfill=row)
    left = ranges.filter(state=Range.State.WORKING).exclude(lane__in=at_work)
    left.update(state=Range.State.WAITING, lane=None)
    if not at_work or ranges.filter(state=Range.State.WAITING).exists():
        runs.start_lanes(row)
