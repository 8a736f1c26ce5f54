"""The ticker's own chores: old runs and what dead workers left in RQ's registries."""

from __future__ import annotations

from datetime import timedelta

from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer

from zdt_core import database
from zdt_core.fleet.housekeeping import EVERY_SECONDS, forget_old
from zdt_core.jobs import bell, queues, ticker
from zdt_core.jobs.conf import conf
from zdt_core.jobs.models import Run
from zdt_core.jobs.strict import StrictJob

_BATCH = 1000

ticker.every("fleet.forget", EVERY_SECONDS)(forget_old)


@ticker.every("jobs.registries", 60)
def clean_registries() -> None:
    """Drop the rings that dead workers took along, and those that failed long ago."""
    for queue in queues.QUEUES:
        for registry in (StartedJobRegistry, FailedJobRegistry):
            registry(
                queue,
                connection=bell.connection(queue),
                job_class=StrictJob,
                serializer=JSONSerializer,
            ).cleanup()


@ticker.every("jobs.forget", 3600)
def forget_old_runs() -> int:
    """Delete runs that ended ZDT_RUNS_KEEP days ago or earlier; how many, a batch at most."""
    past = database.Now() - timedelta(days=conf.RUNS_KEEP)
    old = Run.objects.filter(finished_at__lt=past).order_by("finished_at")[:_BATCH]
    return int(Run.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0])
