"""The work on schema changes that nobody has to ask for."""

from __future__ import annotations

import logging

from django.db import DatabaseError
from django.db.models import Q
from django.utils.connection import ConnectionDoesNotExist

from zdt_core import jobs
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_core.jobs import Slice, Then
from zdt_deploy.schema import comparing, contracting, following, watching
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.intents import ORPHANED
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import OPEN, Phase

ACTOR = Actor.system("schema")
WATCH = "schema.watch"
_LONGEST_PAUSE = 1800.0
_TO_CONTRACT = Q(phase=Phase.SWITCHED.value) & (
    Q(owed_at__isnull=False) | Q(contracting_at__lt=ORPHANED)
)
"""What is owed, and what somebody began long ago and never ended."""
logger = logging.getLogger("zdt.schema")


@jobs.task(following.JOB)
def follow(work: Slice) -> Then:
    """Compare what is filled, judge what is compared."""
    following.follow(int(work.key))
    return jobs.done()


@jobs.task(contracting.JOB)
def contract(work: Slice) -> Then:
    """Contract what is owed once its gate opens; until then note what keeps it waiting."""
    change = SchemaChange.objects.filter(_TO_CONTRACT, pk=int(work.key)).first()
    if change is None:
        return jobs.done()
    try:
        contracting.contract(change, actor=ACTOR, patience=work.claim.lease / 2)
    except Refused as refusal:
        logger.info("The contract of %s stays owed: %s", change.key, refusal)
        return _ask_again(work, contracting.was_put_off(change))
    return jobs.done()


def _ask_again(work: Slice, was_put_off: bool) -> Then:
    """After the usual time; a step that did not get its lock is tried less and less often."""
    times = work.cursor.get("put_off", 0) + 1 if was_put_off else 0
    pause = min(conf.SCHEMA_ASK_SECONDS * 2 ** max(times - 1, 0), _LONGEST_PAUSE)
    then = jobs.after(max(pause, conf.SCHEMA_ASK_SECONDS))
    with work.commit() as save:
        save(cursor={"put_off": times}, then=then)
    return then


@jobs.task(WATCH)
def watch(work: Slice) -> Then:
    """Look at every open change, and again after a while; end when none is open."""
    changes = list(SchemaChange.objects.filter(phase__in=sorted(OPEN)).values_list("pk", flat=True))
    for pk in changes:
        if work.should_stop():
            return jobs.again()
        try:
            watching.look(pk)
        except (DatabaseError, ConnectionDoesNotExist):  # of its own alias; others can be seen
            logger.exception("Schema change %s could not be looked at", pk)
    return jobs.after(conf.SCHEMA_WATCH_SECONDS) if changes else jobs.done()


@jobs.ticker.every("schema.owed", 10)
def ring_for_owed() -> int:
    """See that somebody works on what is owed, due to be compared, or to be watched."""
    owed = list(SchemaChange.objects.filter(_TO_CONTRACT).values_list("pk", flat=True))
    for pk in owed:
        jobs.start(contracting.JOB, pk)
    for pk in following.due():
        jobs.start(following.JOB, pk)
    if SchemaChange.objects.filter(phase__in=sorted(OPEN)).exists():
        jobs.start(WATCH, "changes")
    return len(owed)


__all__ = ["comparing", "contract", "follow", "ring_for_owed", "watch"]
