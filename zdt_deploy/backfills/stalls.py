"""Notes in the record when nobody works on a backfill any more, and when somebody does again."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from zdt_core import database, events, jobs
from zdt_core.events import Actor, Event
from zdt_deploy.backfills import at_work
from zdt_deploy.backfills.models import Backfill

STALLED, MOVING = "backfill.stalled", "backfill.moving"
_SINCE = (STALLED, MOVING, "backfill.paused", "backfill.resumed", "backfill.retried")
"""The newest of these tells whether people know."""

ACTOR = Actor.system("backfills")
MOST = 100


@jobs.ticker.every("backfills.stalls", 30)
def note() -> int:
    """Record an event for each live backfill that stalled or moves again since; how many."""
    told = Event.objects.filter(
        subject_type="backfill",
        subject_id=Cast(OuterRef("pk"), CharField()),
        kind__in=_SINCE,
        refused=False,
    )
    rows = at_work.with_stalled(Backfill.objects.filter(state__in=Backfill.LIVE)).annotate(
        told=Subquery(told.order_by("-id").values("kind")[:1])
    )
    changed = [row for row in rows[:MOST] if row.stalled != (row.told == STALLED)]
    for row in changed:
        _record(row)
    return len(changed)


def _record(row: Any) -> None:
    with database.atomic():
        events.record(
            STALLED if row.stalled else MOVING,
            subject=("backfill", row.pk),
            actor=ACTOR,
            code="backfill_stalled" if row.stalled else "backfill_moves",
        )
