"""Where a range stands: a lane takes it, moves it on with each batch, and gives it back.

Every write is the holder's own, inside the batch's transaction, and requires the place that the
lane remembers: a crash may have lost commits that had not reached the disk, and a pooler hides it.
"""

from __future__ import annotations

import json
from typing import Any

from django.db.models import F

from zdt_core import database
from zdt_core.exceptions import LeaseLost
from zdt_deploy.backfills import keys
from zdt_deploy.backfills.batches import Doing, Measure
from zdt_deploy.backfills.keys import Values
from zdt_deploy.backfills.kinds import Done
from zdt_deploy.backfills.models import Backfill, Range, RowError

_MOVE = """
    UPDATE zdt_deploy_range
       SET state = %(state)s, cursor = %(cursor)s::jsonb, error = '',
           rows_done = rows_done + %(done)s, rows_changed = rows_changed + %(changed)s
     WHERE id = %(id)s AND lane = %(lane)s AND state = 'working'
       AND cursor IS NOT DISTINCT FROM %(place)s::jsonb
"""
State = Range.State
OPEN = (State.WAITING, State.WORKING)


def are_open(backfill: Backfill) -> bool:
    """Whether some range is waited for or worked on."""
    return bool(Range.objects.filter(backfill=backfill, state__in=OPEN).exists())


def take(backfill: Backfill, lane: int) -> Range | None:
    """The range that ``lane`` is at, else the next one that waits, which is the lane's now."""
    ours = Range.objects.filter(backfill=backfill)
    taken: Range | None = ours.filter(lane=lane, state=State.WORKING).first()
    if taken is not None:
        return taken
    waiting = ours.filter(state=State.WAITING).order_by("attempts", "number")
    taken = waiting.select_for_update(skip_locked=True).first()
    if taken is not None:
        ours.filter(pk=taken.pk).update(state=State.WORKING, lane=lane)
        taken.state = State.WORKING
    return taken


def low(taken: Range, doing: Doing) -> Values | None:
    """After which key the next batch begins."""
    if taken.cursor is None and taken.is_one_row and taken.high is not None:
        return keys.before(doing.connection, doing.table, doing.key, taken.high)
    return taken.low if taken.cursor is None else taken.cursor


def advance(taken: Range, lane: int, measured: Measure, rows: int, done: Done) -> None:
    """Move it on to the end of a batch of ``rows``, and list those that failed."""
    state = State.DONE if measured.last else State.WORKING
    cursor = taken.cursor if measured.high is None else measured.high
    _move(taken, lane, state, cursor, rows, done.changed)
    RowError.objects.bulk_create(
        [
            RowError(backfill_id=taken.backfill_id, range=taken, key=key, error=text[:2000])
            for key, text in done.failed
        ],
        ignore_conflicts=True,
    )
    taken.state, taken.cursor = state, cursor


def count(taken: Range, lane: int, changed: int) -> None:
    """Rows of it were changed, before the batch that they belong to is done."""
    _move(taken, lane, State.WORKING, taken.cursor, 0, changed)


def put_off(taken: Range, lane: int) -> bool:
    """Give it back, to be done after the ranges that wait; whether any does."""
    if not Range.objects.filter(backfill=taken.backfill_id, state=State.WAITING).exists():
        return False
    _write(taken, lane, state=State.WAITING, lane=None, attempts=F("attempts") + 1)
    taken.state = State.WAITING
    return True


def fail(taken: Range, lane: int, error: str, key: Values | None) -> None:
    """A row of it, the one with ``key`` where that is known, can't be done.

    The row is listed as no range's: it is done with the rest of its own.
    """
    _write(taken, lane, state=State.FAILED, error=error, attempts=F("attempts") + 1)
    if key is not None:
        RowError.objects.bulk_create(
            [RowError(backfill_id=taken.backfill_id, key=key, error=error[:2000])],
            ignore_conflicts=True,
        )
    taken.state = State.FAILED


def give_back(backfill: Backfill, lane: int) -> bool:
    """Leave what ``lane`` is at to others; whether there was anything."""
    ours = Range.objects.filter(backfill=backfill, lane=lane, state=State.WORKING)
    return bool(ours.update(state=State.WAITING, lane=None))


def _move(
    taken: Range, holder: int, state: str, cursor: Values | None, rows: int, changed: int
) -> None:
    """With every batch, and therefore as plain SQL: Django takes longer to put it together than
    PostgreSQL to do it."""
    values: dict[str, Any] = {
        "id": taken.pk, "lane": holder, "state": str(state), "done": rows, "changed": changed,
        "cursor": _json(cursor), "place": _json(taken.cursor),
    }  # fmt: skip
    with database.connection().cursor() as connection:
        connection.execute(_MOVE, values)
        if not connection.rowcount:
            raise LeaseLost


def _json(key: Values | None) -> str | None:
    return None if key is None else json.dumps(key)


def _write(taken: Range, holder: int, **values: object) -> None:
    ours = Range.objects.filter(pk=taken.pk, lane=holder, state=State.WORKING)
    place = taken.cursor
    ours = ours.filter(cursor__isnull=True) if place is None else ours.filter(cursor=place)
    if not ours.update(**values):
        raise LeaseLost
