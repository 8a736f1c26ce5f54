"""The work on schema changes that nobody has to ask for."""

from __future__ import annotations

import logging

from zdt_core import jobs
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_core.jobs import Slice, Then
from zdt_deploy.schema import comparing, contracting, following, watching
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import OPEN, Phase

ACTOR = Actor.system("schema")
WATCH = "schema.watch"
_LEASE_FOR_DDL = 300.0
logger = logging.getLogger("zdt.schema")


@jobs.task(following.JOB)
def follow(work: Slice) -> Then:
    """Compare what is filled, judge what is compared."""
    following.follow(int(work.key))
    return jobs.done()


@jobs.task(contracting.JOB, lease=_LEASE_FOR_DDL)
def contract(work: Slice) -> Then:
    """Contract what is owed once its gate opens; until then note what keeps it waiting."""
    change = SchemaChange.objects.filter(pk=int(work.key)).first()
    if change is None or change.phase != Phase.SWITCHED or change.owed_at is None:
        return jobs.done()
    try:
        contracting.contract(change, actor=ACTOR)
    except Refused as refusal:
        logger.info("The contract of %s stays owed: %s", change.key, refusal)
        return jobs.after(conf.SCHEMA_ASK_SECONDS)
    return jobs.done()


@jobs.task(WATCH)
def watch(work: Slice) -> Then:
    """Look at every open change, and again after a while; end when none is open."""
    changes = list(SchemaChange.objects.filter(phase__in=sorted(OPEN)).values_list("pk", flat=True))
    for pk in changes:
        if work.should_stop():
            return jobs.again()
        watching.look(pk)
    return jobs.after(conf.SCHEMA_WATCH_SECONDS) if changes else jobs.done()


@jobs.ticker.every("schema.owed", 10)
def ring_for_owed() -> int:
    """See that somebody works on what is owed, due to be compared, or to be watched."""
    owed = SchemaChange.objects.filter(phase=Phase.SWITCHED.value, owed_at__isnull=False)
    for pk in owed.values_list("pk", flat=True):
        jobs.start(contracting.JOB, pk)
    for pk in following.due():
        jobs.start(following.JOB, pk)
    if SchemaChange.objects.filter(phase__in=sorted(OPEN)).exists():
        jobs.start(WATCH, "changes")
    return len(owed)


__all__ = ["comparing", "contract", "follow", "ring_for_owed", "watch"]
