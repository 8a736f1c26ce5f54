"""Who works on a backfill: its lanes with their holders, and whether it is due and left alone.

A lane that is due and that nobody holds for `LATE` counts as left alone, and so does one that for
as long only workers looked at who don't know the work; a backfill with only such lanes, or with
none, is stalled. A lane that waits for its hour is not due, and not alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import CharField, Exists, FloatField, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat, Extract
from django.utils import timezone
from django.utils.translation import gettext as _

from zdt_core import database
from zdt_core.jobs import queues, registry
from zdt_core.jobs.models import Run
from zdt_deploy.backfills import runs
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.deployments import durations

LATE = timedelta(seconds=120)
"""Longer than a killed worker's lease and the ring after it; the doctor waits as long."""

SOON_SECONDS = 30.0
"""More lanes than workers take turns of about so long."""

MOST = 64
OUTSIDE_HOURS = "backfill_outside_hours"
_MOVING = (Backfill.State.PLANNING, Backfill.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane, or the planning, as its run has it; ``holder`` is "" while nobody holds it."""

    name: str
    holder: str
    look: str
    word: str
    said: str
    error: str


def lanes(backfill: Backfill) -> list[Lane]:
    """The live lanes of ``backfill``, in one query."""
    rows = (
        Run.objects.filter(_of(backfill), state__in=(Run.State.READY, Run.State.PAUSED))
        .annotate(now=database.Now())
        .order_by("pk")[:MOST]
    )
    return [_lane(run) for run in rows]


def with_stalled(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Backfills annotated with ``stalled``: due, and nobody works on them, or those who look don't
    know the work; and with ``failing``: every lane failed last, and is tried again."""
    key = Cast(OuterRef("pk"), CharField())
    lane = Q(kind=runs.LANE, key__startswith=Concat(key, Value("/")))
    live = Run.objects.filter(
        lane | Q(kind=runs.PLAN, key=key), state__in=(Run.State.READY, Run.State.PAUSED)
    )
    attended = live.annotate(
        unknown=Cast(KeyTextTransform("unknown_since", "cursor"), FloatField())
    ).filter(
        Q(lease_until__gt=database.Now()) | Q(due_at__gt=database.Now() - LATE),
        Q(unknown=None) | Q(unknown__gt=Extract(database.Now() - LATE, "epoch")),
        state=Run.State.READY,
    )
    held = Q(lease_until__gt=database.Now())
    fine = live.filter(held | Q(failures=0) | Q(state=Run.State.PAUSED))
    moving = Q(state__in=_MOVING)
    young = Q(created_at__gt=database.Now() - LATE)
    return rows.annotate(
        stalled=moving & ~young & ~Exists(attended),
        failing=moving & Exists(live) & ~Exists(fine),
        now=database.Now(),
    )


def state(row: Any) -> str:
    """The state of one of `with_stalled`, or what is worse about it."""
    return "stalled" if row.stalled else "failing" if row.failing else str(row.state)


def stalled() -> QuerySet[Any]:
    """The backfills that nobody works on."""
    return with_stalled(Backfill.objects.filter(state__in=_MOVING)).filter(stalled=True)


def _of(backfill: Backfill) -> Q:
    lane = Q(kind=runs.LANE, key__startswith=f"{backfill.pk}/")
    return lane | Q(kind=runs.PLAN, key=str(backfill.pk))


def _lane(run: Any) -> Lane:
    held = run.lease_until is not None and run.lease_until > run.now
    if run.state == Run.State.PAUSED:
        look, word, said = "warn", _("paused"), ""
    elif held:
        look, word, said = "busy", _("at work"), _since(run)
    elif run.failures:
        look, word, said = "bad", _("failing"), _again(run)
    elif run.due_at > run.now:
        look, word, said = "quiet", _("waiting"), _until(run)
    else:
        late = (run.now - run.due_at).total_seconds()
        look, word = ("warn" if late > SOON_SECONDS else "quiet"), _("due")
        said = _("for %s, and nobody has taken it") % durations.rounded(late)
    return Lane(_name(run), run.holder if held else "", look, word, said, run.last_error)


def _name(run: Any) -> str:
    if run.kind == runs.PLAN:
        return _("plan")
    return str(runs.read_lane_key(run.key)[1] + 1)


def _since(run: Any) -> str:
    task = registry.find(run.kind)
    lease = task.lease if task else queues.queue(run.queue).lease
    age = lease - (run.lease_until - run.now).total_seconds()
    return _("its last step was %s ago") % durations.rounded(age)


def _until(run: Any) -> str:
    facts = run.cursor.get("why_params", {})
    if run.cursor.get("why") == OUTSIDE_HOURS and "opens" in facts:
        return _("until %(opens)s (%(zone)s)") % facts
    return _("looks again at %s") % f"{timezone.localtime(run.due_at):%H:%M:%S}"


def _again(run: Any) -> str:
    return _("goes on at %s") % f"{timezone.localtime(run.due_at):%H:%M:%S}"
