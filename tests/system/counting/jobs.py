"""Kinds of work for drills."""

from __future__ import annotations

import time

from django.db.models import F

from tests.system.counting.models import Row, Step
from zdt_core import database, identity, jobs


@jobs.task("counting.rows")
def count_rows(slice: jobs.Slice) -> jobs.Then:
    """Count every row once: ``batch`` rows a step, ``pause`` seconds before each.

    It does not look at its lease between the pause and the step: a process that was frozen in a
    pause goes on with a step that it has no right to.
    """
    while True:
        time.sleep(slice.params["pause"])
        if not _count_some(slice):
            return jobs.done()
        if slice.should_stop():
            return jobs.again()


@jobs.task("counting.ticks", queue="zdt-monitor")
def tick(slice: jobs.Slice) -> jobs.Then:
    """A monitor: ``work`` seconds for a verdict, the next one ``every`` seconds later, for ever."""
    time.sleep(slice.params["work"])
    with slice.commit() as save:
        _note(slice, 0)
        save(done=slice.done + 1)
    return jobs.after(slice.params["every"])


@jobs.task("counting.hangs", max_failures=1)
def hang(slice: jobs.Slice) -> jobs.Then:
    """A slice that never comes back by itself."""
    time.sleep(3600)
    return jobs.done()


def _count_some(slice: jobs.Slice) -> bool:
    with slice.commit() as save:
        left = Row.objects.filter(pk__gt=slice.cursor.get("after", 0)).order_by("pk")
        keys = list(left.values_list("pk", flat=True)[: slice.params["batch"]])
        if keys:
            Row.objects.filter(pk__in=keys).update(counted=F("counted") + 1)
            _note(slice, len(keys))
            save(cursor={"after": keys[-1]}, done=slice.done + len(keys))
    return bool(keys)


def _note(slice: jobs.Slice, rows: int) -> None:
    with database.atomic():
        Step.objects.using(database.alias()).create(
            run=slice.run_id, token=slice.token, holder=identity.instance(), rows=rows
        )
