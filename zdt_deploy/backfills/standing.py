"""How far a backfill is, how fast it goes, when it will end, and what slows it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum

from zdt_core import database, messages
from zdt_core.jobs import pace
from zdt_core.jobs.models import Run
from zdt_deploy.backfills import pacing, runs, windows
from zdt_deploy.backfills.models import Backfill, Range


@dataclass(frozen=True, slots=True)
class Progress:
    """``fraction`` is 0 to 1, ``rate`` in rows per second; None is unknown.

    ``lanes`` are those at work now. ``why`` is a code with parameters: what slows it down now, or
    what it waits for.
    """

    state: str
    done: int
    changed: int
    failed: int
    total: int | None
    fraction: float | None
    rate: float | None
    seconds_left: float | None
    lanes: int
    ranges_done: int
    ranges: int
    why: tuple[str, dict[str, Any]] | None

    @property
    def reason(self) -> str:
        """``why`` as a sentence."""
        return messages.text(*self.why) if self.why else ""


@dataclass(slots=True)
class _Counted:
    done: int
    total: int | None
    rate: float | None


def progress(backfill: Backfill) -> Progress:
    """The progress of ``backfill`` as it is in the database now."""
    row = Backfill.objects.get(pk=backfill.pk)
    ranges = Range.objects.filter(backfill=row).aggregate(
        done=Sum("rows_done", default=0),
        changed=Sum("rows_changed", default=0),
        finished=Count("pk", filter=Q(state=Range.State.DONE)),
        all=Count("pk"),
    )
    at_work = list(_runs(row)) if row.state in Backfill.LIVE else []
    known = [run for run in at_work if run.cursor.get("why") != runs.UNKNOWN_WORK]
    paced = pace.progress(_Counted(ranges["done"], row.rows_total, _rate(known)))
    is_beyond = row.rows_total is not None and ranges["done"] > row.rows_total
    left = _left(row, paced.seconds_left) if at_work and not is_beyond else None
    succeeded = row.state == Backfill.State.SUCCEEDED
    return Progress(
        state=row.state,
        done=ranges["done"],
        changed=ranges["changed"],
        failed=row.row_errors.count() if row.state in Backfill.LIVE else row.rows_failed,
        total=row.rows_total,
        fraction=1.0 if succeeded else paced.fraction,
        rate=paced.rate,
        seconds_left=0.0 if succeeded else left,
        lanes=sum(run.held for run in at_work),
        ranges_done=ranges["finished"],
        ranges=ranges["all"],
        why=_why(row, at_work),
    )


def _left(backfill: Backfill, seconds: float | None) -> float | None:
    """Until the end, with the hours in between at which it does not work; None where this machine
    does not know their zone."""
    paced = pacing.stored(backfill.pacing)
    if seconds is None or not paced.windows:
        return seconds
    try:
        now = datetime.now(ZoneInfo(paced.zone))
    except (KeyError, ValueError, OSError):
        return None
    return windows.stretched(paced.windows, now, seconds)


def _runs(backfill: Backfill) -> Any:
    held, resting = Q(lease_until__gte=database.Now()), Q(due_at__gt=database.Now())
    return (
        Run.objects.filter(kind=runs.LANE, key__startswith=f"{backfill.pk}/", state=Run.State.READY)
        .annotate(held=Count("pk", filter=held), resting=Count("pk", filter=resting))
        .order_by("pk")
    )


def _rate(runs: list[Any]) -> float | None:
    """Of the lanes that somebody holds; those that nobody does wait for their turn, and take it
    from the others. While all of them rest, as much as one of them did."""
    rates = [run.rate for run in runs if run.rate and run.held]
    if rates:
        return sum(rates)
    return max((run.rate for run in runs if run.rate), default=None)


def _why(backfill: Backfill, at_work: list[Run]) -> tuple[str, dict[str, Any]] | None:
    if backfill.code:
        return backfill.code, backfill.params
    for run in _heard(at_work):
        code = run.cursor.get("why")
        if code:
            return str(code), run.cursor.get("why_params", {})
    return None


def _heard(at_work: list[Any]) -> list[Any]:
    """Lanes at work, and those that rest until their time. What others said is from long ago, as
    long as somebody is at work."""
    if not any(run.held for run in at_work):
        return at_work
    return [run for run in at_work if run.held or run.resting]
