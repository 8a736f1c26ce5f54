"""The runs of a backfill: one that plans it, then one for each lane."""

from __future__ import annotations

from django.db.models import Q

from zdt_core import database, jobs
from zdt_core.events import Actor
from zdt_core.jobs.models import Run
from zdt_deploy.backfills.models import Backfill

PLAN, LANE = "backfill.plan", "backfill.lane"
UNKNOWN_WORK = "backfill_release_unknown"
_LATER = 5.0


def lane_key(backfill_id: int, lane: int) -> str:
    return f"{backfill_id}/{lane}"


def read_lane_key(key: str) -> tuple[int, int]:
    """The backfill's id and the lane of a run's key."""
    backfill_id, lane = key.split("/")
    return int(backfill_id), int(lane)


def plan(backfill: Backfill) -> None:
    """Have the backfill planned; its lanes start once it is."""
    jobs.start(PLAN, backfill.pk)


def start_lanes(backfill: Backfill) -> None:
    """A run for each lane that has none."""
    for lane in range(backfill.lanes):
        jobs.start(LANE, lane_key(backfill.pk, lane))


def live(backfill: Backfill) -> list[tuple[str, str]]:
    """Kind and key of every live run of the backfill."""
    ready = Run.objects.filter(state__in=(Run.State.READY, Run.State.PAUSED))
    lanes = ready.filter(kind=LANE, key__startswith=f"{backfill.pk}/")
    plans = ready.filter(kind=PLAN, key=str(backfill.pk))
    return [*plans.values_list("kind", "key"), *lanes.values_list("kind", "key").order_by("pk")]


def taking_part(backfill: Backfill) -> int:
    """How many of its lanes are at work or at rest; the others wait for a worker."""
    lanes = Run.objects.filter(kind=LANE, key__startswith=f"{backfill.pk}/", state=Run.State.READY)
    held, rests = Q(lease_until__gt=database.Now()), Q(due_at__gt=database.Now())
    return int(lanes.filter(held | rests).count())


def pause(backfill: Backfill, *, actor: Actor, reason: str) -> None:
    """Let every run rest; the batch that one is at leaves no trace."""
    for kind, key in live(backfill):
        jobs.pause(kind, key, actor=actor, reason=reason)


def resume(backfill: Backfill, *, actor: Actor, reason: str) -> None:
    """Let the runs that rest go on."""
    for kind, key in live(backfill):
        jobs.resume(kind, key, actor=actor, reason=reason)


def cancel(backfill: Backfill, *, actor: Actor, reason: str, but: str = "") -> None:
    """End every run, ``but`` the one with this key."""
    for kind, key in live(backfill):
        if key != but:
            jobs.cancel(kind, key, actor=actor, reason=reason)


def leave_to_others(slice: jobs.Slice) -> jobs.Then:
    """This release does not know the work. The cursor says so, and since when nobody does, until
    somebody works on it."""
    since = slice.cursor.get("unknown_since") or _now()
    left = {**slice.cursor, "why": UNKNOWN_WORK, "why_params": {}, "unknown_since": since}
    with slice.commit() as save:
        save(cursor=left, then=jobs.after(_LATER))
    return jobs.after(_LATER)


def _now() -> float:
    """Seconds of the database's clock."""
    with database.connection().cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM statement_timestamp())::float")
        return float(cursor.fetchone()[0])


def wake(backfill: Backfill) -> None:
    """Have the lanes that rest look again now."""
    for kind, key in live(backfill):
        jobs.wake(kind, key)
