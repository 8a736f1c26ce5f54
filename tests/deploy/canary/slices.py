"""A slice of a run, taken as a worker takes it, for handlers that are called by hand."""

from zdt_core import jobs
from zdt_core.jobs import claims, registry
from zdt_core.jobs.models import Run
from zdt_core.jobs.slices import Slice

TRIAL = "trial.canary"


@jobs.task(TRIAL, queue="zdt-monitor")
def trial(work):
    return jobs.done()


def take(kind=TRIAL, key="d-1"):
    """A slice of the live run, due now whatever it says; a trial's run is started if need be."""
    run = (
        jobs.start(kind, key)
        if kind == TRIAL
        else Run.objects.get(kind=kind, key=key, state=Run.State.READY)
    )
    Run.objects.filter(pk=run.pk).update(due_at=run.created_at, lease_until=None)
    claim = claims.take(run.pk, registry.get(kind))
    assert claim is not None
    return Slice(claim)
