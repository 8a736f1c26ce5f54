"""A lane: takes one range after the other and works it in batches, until none is left.

All that a batch leaves behind, in the table, on the range and on the lane's run, commits at once
and only for the holder of the run's lease. The lane that finds nothing left ends the backfill.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import Error as DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from rq.timeouts import BaseTimeoutException

from zdt_core import drain, jobs
from zdt_core.exceptions import LeaseLost, Refused
from zdt_core.jobs import stopping
from zdt_deploy.backfills import (
    faults,
    keys,
    kinds,
    operations,
    pacing,
    planning,
    runs,
    throttle,
    vacuums,
    windows,
)
from zdt_deploy.backfills.batches import Doing, Measure
from zdt_deploy.backfills.cleaning import Cleaning
from zdt_deploy.backfills.conf import conf
from zdt_deploy.backfills.ending import ACTOR, end, locked
from zdt_deploy.backfills.faults import Fault
from zdt_deploy.backfills.keys import Key, Table, Values
from zdt_deploy.backfills.kinds import Done, Work
from zdt_deploy.backfills.models import Backfill, Range, RowError
from zdt_deploy.backfills.pacing import Aims, Mode, Pressure
from zdt_deploy.backfills.throttle import Finding

State = Backfill.State
OPEN = (Range.State.WAITING, Range.State.WORKING)
_LONGEST_REST = 2.0
_LATE_SECONDS = 0.1
"""How much of a delay later batches make up for by resting less."""
_HOLD_SECONDS = 5.0
_LOOK_AT_HOURS_SECONDS = 300.0
_LONGEST_WAIT = 10.0
_WAITS_BEFORE_OTHERS = 5
_OF_BATCHES = ("backfill_lock_not_had", "backfill_no_room", "backfill_errors_near")
_DEATHS = 3
"""So often may one row take its worker along before it counts as a row that can't be done."""
logger = logging.getLogger("zdt.backfills")


def work(slice: jobs.Slice) -> jobs.Then:
    """The run of a lane: one slice of it."""
    backfill_id, number = runs.read_lane_key(slice.key)
    row: Backfill | None = Backfill.objects.filter(pk=backfill_id).first()
    if row is None or row.state != State.RUNNING:
        return jobs.done()
    try:
        found = kinds.find(row.kind, row.spec)
        if found is None:
            return _left_to_others(slice)
        connection = planning.connection_of(row.alias)
        table = keys.table(connection, row.table)
        key = keys.find(connection, table)
        keys.require(key, row.key)
        found.begin(connection, table.sql)
    except Refused as refusal:
        return _end(slice, row, State.FAILED, refusal.code, refusal.params)
    except DatabaseError as error:
        if faults.judge(error) in (*faults.PASSING, Fault.SLOW):
            raise
        return _end(slice, row, State.FAILED, *faults.refusal_of(error))
    return Lane(slice, row, number, found, connection, table, key).work()


class Lane:
    """A lane during one slice. What the next slice goes on from is kept in the run's cursor."""

    def __init__(
        self,
        slice: jobs.Slice,
        row: Backfill,
        number: int,
        work: Work,
        connection: BaseDatabaseWrapper,
        table: Table,
        key: Key,
    ) -> None:
        self.slice, self.row, self.number = slice, row, number
        self.connection, self.table = connection, table
        self.doing = Doing(slice, work, connection, table, key)
        kept = slice.cursor
        self.watch = throttle.Watch(connection, table, kept.get("usual"))
        self.size = int(kept.get("size") or work.first_rows)
        self._pace()
        self.limit: int | None = kept.get("limit")
        self.duty = float(kept.get("duty") or pacing.first_duty(self.aims))
        self.changed = 0
        self.waits = int(kept.get("waits") or 0)
        self.deaths = int(kept.get("deaths") or 0)
        self.why = Finding(Pressure.EASE, kept.get("why", ""), kept.get("why_params", {}))
        self.used = self.duty
        self.cleaning = Cleaning(
            row, work, connection, table, is_last_begun=bool(kept.get("cleaned"))
        )
        self._next_look = self._due = 0.0

    def work(self) -> jobs.Then:
        """Ranges, one after the other, until the slice's time is up or nothing is left."""
        try:
            if self.slice.cursor.get("open"):
                self._go_on_after_a_death()
            while True:
                then = self._look_if_due()
                taken = None if then else self._take()
                then = then or (self._finish() if taken is None else self._do_range(taken))
                if then is not None:
                    return then
        except LeaseLost:
            self._stop_vacuum()
            raise

    def _go_on_after_a_death(self) -> None:
        """The last holder died or was too slow, perhaps at a batch too large for a lease, perhaps
        at a row that kills."""
        size = min(self.limit or self.size, self.size)
        if size == 1:
            self.deaths += 1
        self.limit = max(1, size // 2)
        self._save()

    def _take(self) -> Range | None:
        """The range that this lane is at, else the next one that waits."""
        ours = Range.objects.filter(backfill=self.row)
        with self.slice.commit() as save:
            taken: Range | None = ours.filter(lane=self.number, state=Range.State.WORKING).first()
            if taken is None:
                waiting = ours.filter(state=Range.State.WAITING).order_by("attempts", "number")
                taken = waiting.select_for_update(skip_locked=True).first()
                if taken is not None:
                    ours.filter(pk=taken.pk).update(state=Range.State.WORKING, lane=self.number)
            save(cursor=self._kept())
        return taken

    def _do_range(self, taken: Range) -> jobs.Then | None:
        """Batches, until the range is done or failed (None), or the slice ends."""
        if self.deaths >= _DEATHS:
            return self._fail_deadly_row(taken)
        while taken.state in OPEN:
            if self.slice.should_stop():
                return self._leave(jobs.again())
            then = self._look_if_due()
            if then is None:
                then = self._batch(taken)
            if then is not None:
                return then
            if taken.state == Range.State.WAITING:
                return None
        return None

    def _batch(self, taken: Range) -> jobs.Then | None:
        size = min(self.size, self.limit or self.size)
        look = self.paced.mode is Mode.ADAPTIVE and self._look_is_near()
        started = time.monotonic()
        try:
            low = self._low(taken)
            with self.slice.commit() as save:
                measured, done = self.doing.do(low, taken.high, size, look=look)
                rows = measured.rows if done.rows is None else done.rows
                self._advance(taken, measured, rows, done)
                self._ease()
                save(cursor=self._kept(), done=self.slice.done + rows)
        except (LeaseLost, BaseTimeoutException):
            raise
        except Exception as error:
            return self._fault(taken, error, size)
        seconds = self.doing.seconds
        cost = time.monotonic() - started - seconds
        if self.limit is None:
            self.size = pacing.size(self.paced, self.aims, size, measured.rows, seconds, cost)
        elif seconds < self.slice.claim.lease / 8:
            self.limit = self.limit * 2 if self.limit * 2 < self.size else None
        if self._too_many_errors(done):
            return self._give_up(done.failed[-1][1])
        self.changed += done.changed
        if self.changed * self.row.lanes >= self.cleaning.least():
            self._next_look = 0.0
        period = pacing.period(self.paced, self.aims, self.duty, measured.rows, seconds)
        self.used = seconds / period if period else 1.0
        self._due = max(self._due, self.doing.began - _LATE_SECONDS) + period
        return self._rest(self._due - time.monotonic())

    def _advance(self, taken: Range, measured: Measure, rows: int, done: Done) -> None:
        """Write where the range is, in the batch's transaction."""
        state = Range.State.DONE if measured.last else Range.State.WORKING
        cursor = taken.cursor if measured.high is None else measured.high
        self._write(
            taken, state=state, cursor=cursor, error="",
            rows_done=F("rows_done") + rows, rows_changed=F("rows_changed") + done.changed,
        )  # fmt: skip
        self._note(taken, done.failed)
        taken.state, taken.cursor = state, cursor

    def _write(self, taken: Range, **values: object) -> None:
        """Write to the range, as long as it is this lane's and stands where this lane thinks.

        A crash may have lost commits of ours that had not reached the disk, and a pooler hides it.
        """
        ours = Range.objects.filter(pk=taken.pk, lane=self.number, state=Range.State.WORKING)
        place = taken.cursor
        ours = ours.filter(cursor__isnull=True) if place is None else ours.filter(cursor=place)
        if not ours.update(**values):
            raise LeaseLost

    def _note(self, taken: Range, failed: Sequence[tuple[Values, str]]) -> None:
        RowError.objects.bulk_create(
            [
                RowError(backfill=self.row, range=taken, key=key, error=text[:2000])
                for key, text in failed
            ],
            ignore_conflicts=True,
        )

    def _fault(self, taken: Range, error: Exception, size: int) -> jobs.Then | None:
        """A batch raised, and is rolled back: wait, cut it down, or say that it can't be done."""
        fault = faults.judge(error)
        if fault is Fault.CONNECTION:
            if faults.is_outage(error):
                self._blame_nobody()
            raise error
        taken.refresh_from_db()
        measured = self.doing.measured
        rows = size if measured is None else measured.rows
        text = faults.text(error)
        match fault:
            case Fault.DISK:
                operations.pause(
                    self.row, actor=ACTOR, code="backfill_disk_full", params={"error": text}
                )
                raise LeaseLost
            case Fault.SHAPE | Fault.ACCESS:
                return _end(self.slice, self.row, State.FAILED, *faults.refusal_of(error))
            case Fault.WAIT:
                return self._wait(taken, rows, "backfill_lock_not_had")
            case Fault.ROOM:
                return self._wait(taken, rows, "backfill_no_room", error=text[:300])
        if size > 1:  # at one, the batch ends with the row's own key
            self.limit = max(1, rows // 2)
            self.why = Finding(Pressure.SLOW, "backfill_errors_near", {"error": text[:300]})
            self._save()
            return None
        return self._fail_row(taken, text)

    def _wait(self, taken: Range, rows: int, code: str, **facts: str) -> jobs.Then | None:
        """Others hold what the batch needs. Let them; after a while see to other ranges."""
        self.waits += 1
        self.limit = max(1, rows // 2)
        self.why = Finding(Pressure.SLOW, code, facts)
        ours = Range.objects.filter(backfill=self.row)
        with self.slice.commit() as save:
            if self.waits >= _WAITS_BEFORE_OTHERS and ours.filter(state=Range.State.WAITING):
                state = Range.State.WAITING
                self._write(taken, state=state, lane=None, attempts=F("attempts") + 1)
                taken.state, self.waits = state, 0
            save(cursor=self._kept())
        return self._rest(min(_LONGEST_WAIT, 0.1 * 2 ** min(self.waits, 10)))

    def _blame_nobody(self) -> None:
        """Note that the run is given up for PostgreSQL's sake, which is no death at a row."""
        with suppress(DatabaseError, LeaseLost), self.slice.commit() as save:
            save(cursor={**self._kept(), "open": False})

    def _fail_deadly_row(self, taken: Range) -> jobs.Then | None:
        """The next row has taken its worker along, alone in its batch, again and again."""
        deaths, self.deaths = self.deaths, 0
        with self.slice.commit():
            self.doing.find(self._low(taken), taken.high)
        return self._fail_row(taken, f"Its worker died or was too slow {deaths} times at this row")

    def _low(self, taken: Range) -> Values | None:
        """After which key the next batch begins."""
        if taken.cursor is None and taken.is_one_row and taken.high is not None:
            return keys.before(self.connection, self.table, self.doing.key, taken.high)
        return taken.low if taken.cursor is None else taken.cursor

    def _fail_row(self, taken: Range, text: str) -> jobs.Then | None:
        measured = self.doing.measured
        key = measured.high if measured is not None and measured.rows else None
        if self.row.spec.get("on_error") != "collect" or key is None:
            with self.slice.commit() as save:
                self._write(taken, state=Range.State.FAILED, error=text, attempts=F("attempts") + 1)
                save(cursor=self._kept())
            taken.state = Range.State.FAILED
            return None
        is_last = measured is not None and measured.last
        with self.slice.commit() as save:
            self._advance(taken, Measure(key, 1, is_last), 1, Done(1, failed=[(key, text)]))
            save(cursor=self._kept(), done=self.slice.done + 1)
        if self._too_many_errors(Done(1, failed=[(key, text)])):
            return self._give_up(text)
        return None

    def _too_many_errors(self, done: Done) -> bool:
        return bool(done.failed) and self.row.row_errors.count() > conf.BACKFILL_ROW_ERRORS

    def _give_up(self, error: str) -> jobs.Then:
        params = {"most": conf.BACKFILL_ROW_ERRORS, "error": error}
        return _end(self.slice, self.row, State.FAILED, "backfill_too_many_errors", params)

    def _look_is_near(self) -> bool:
        return time.monotonic() >= self._next_look - 0.05

    def _look_if_due(self) -> jobs.Then | None:
        """About once a second: is it still asked for, how fast, and does anything suffer."""
        if time.monotonic() < self._next_look:
            return None
        self._next_look = time.monotonic() + throttle.EVERY_SECONDS
        self.changed = 0
        self.row.refresh_from_db()
        if self.row.state != State.RUNNING:
            self._stop_vacuum()
            return jobs.done()
        self._pace()
        if self.number >= self.row.lanes:
            return self._step_down()
        closed = windows.seconds_until_open(
            self.paced.windows, datetime.now(ZoneInfo(self.paced.zone))
        )
        if closed > 0:
            hours = ", ".join(map(str, self.paced.windows))
            facts = {"windows": hours, "zone": self.paced.zone}
            outside = Finding(Pressure.HOLD, "backfill_outside_hours", facts)
            return self._hold(outside, min(closed, _LOOK_AT_HOURS_SECONDS))
        if self.paced.mode is Mode.NONE:
            return self._heed(self.watch.look_at_table())
        return self._heed(self.watch.look(self.row, self.doing.blocked))

    def _heed(self, look: throttle.Look) -> jobs.Then | None:
        if look.others_want_the_table:
            vacuums.give_way(self.connection, self.table)
        elif not look.being_vacuumed:
            self.cleaning.begin_if_due(self.paced)
        if self.paced.mode is Mode.NONE:
            return None
        if self.paced.mode is Mode.ADAPTIVE:
            before = self.duty if look.pressure is Pressure.EASE else min(self.duty, self.used)
            self.duty = pacing.duty(before, self.aims, look.pressure)
            self.why = look.worst or Finding(Pressure.EASE, "")
        if look.pressure is not Pressure.HOLD or look.worst is None:
            return None
        return self._hold(look.worst, _HOLD_SECONDS)

    def _hold(self, why: Finding, seconds: float) -> jobs.Then:
        """Rest, and let nothing of the backfill's go on meanwhile."""
        self.why = why
        vacuums.stop_everywhere(self.connection, self.table)
        return self._leave(jobs.after(seconds))

    def _step_down(self) -> jobs.Then:
        """There are fewer lanes than there were: leave the range to those that stay."""
        self._stop_vacuum()
        with self.slice.commit() as save:
            ours = Range.objects.filter(backfill=self.row, lane=self.number)
            if ours.filter(state=Range.State.WORKING).update(state=Range.State.WAITING, lane=None):
                runs.start_lanes(self.row)
            save(then=jobs.done())
        return jobs.done()

    def _finish(self) -> jobs.Then:
        """Nothing waits: the last lane at work cleans the table up, and ends the backfill."""
        ranges = Range.objects.filter(backfill=self.row)
        if ranges.filter(state__in=OPEN).exists():
            return self._leave(jobs.done())
        then = self._clean()
        if then is not None:
            return then
        with self.slice.commit() as save:
            row = locked(self.row.pk)
            if row.state == State.RUNNING and not ranges.filter(state__in=OPEN).exists():
                conclude(row, but=self.slice.key)
            save(then=jobs.done())
        return jobs.done()

    def _clean(self) -> jobs.Then | None:
        """A whole VACUUM where enough was changed; None once it has ended or been cut short."""
        if not self.cleaning.is_worth_an_end(self.paced):
            return None
        self.why = Finding(Pressure.EASE, "backfill_vacuum")
        renewed = 0.0
        while not self.cleaning.end(self.paced, self.watch):
            if self.slice.should_stop():
                return self._leave(jobs.after(1))
            if time.monotonic() - renewed > throttle.EVERY_SECONDS:
                renewed = time.monotonic()
                self._save()
        return None

    def _rest(self, seconds: float) -> jobs.Then | None:
        """Sleep, or give the run back for as long where that is long."""
        if seconds > _LONGEST_REST:
            return self._leave(jobs.after(seconds))
        if seconds > 0:
            try:
                with stopping.waiting():
                    time.sleep(seconds)
            except stopping.StopRequested:
                return self._leave(jobs.again())
        return None

    def _leave(self, then: jobs.Then) -> jobs.Then:
        """Give the run back, with what the next slice goes on from."""
        if stopping.requested() or drain.draining():
            self._stop_vacuum()
        with self.slice.commit() as save:
            save(cursor={**self._kept(), "open": False}, then=then)
        return then

    def _stop_vacuum(self) -> None:
        vacuums.stop(self.connection.alias, self.table)

    def _save(self) -> None:
        with self.slice.commit() as save:
            save(cursor=self._kept())

    def _kept(self) -> dict[str, object]:
        return {
            "size": self.size,
            "limit": self.limit,
            "duty": round(self.duty, 5),
            "waits": self.waits,
            "deaths": self.deaths,
            "why": self.why.code,
            "why_params": self.why.params,
            "usual": self.watch.latency.usual,
            "cleaned": self.cleaning.is_last_begun,
            "open": True,
        }

    def _ease(self) -> None:
        """A batch was done: what kept it before does not any more."""
        self.waits = self.deaths = 0
        if self.why.code in _OF_BATCHES:
            self.why = Finding(Pressure.EASE, "")

    def _pace(self) -> None:
        self.paced = pacing.parse(self.row.pacing)
        self.size = pacing.fitted(self.paced, self.size)
        is_adaptive = self.paced.mode is Mode.ADAPTIVE
        seconds = conf.BACKFILL_BATCH_SECONDS if is_adaptive else conf.BACKFILL_UNTHROTTLED_SECONDS
        duty = self.paced.duty or conf.BACKFILL_DUTY
        self.aims = Aims(
            self.paced.batch_seconds or seconds,
            duty,
            max(duty, self.paced.duty or conf.BACKFILL_DUTY_MOST),
            self.row.lanes,
        )


def conclude(row: Backfill, *, but: str = "") -> None:
    """End the locked ``row`` as its ranges say."""
    failed = Range.objects.filter(backfill=row, state=Range.State.FAILED).order_by("number")
    first = failed.first()
    errors = row.row_errors.count()
    if first is not None:
        params = {
            "ranges": failed.count(),
            "key": _key_text(first.low if first.cursor is None else first.cursor),
            "error": first.error,
        }
        end(row, State.FAILED, code="backfill_ranges_failed", params=params, but=but)
    elif errors:
        end(row, State.FAILED, code="backfill_rows_failed", params={"rows": errors}, but=but)
    else:
        end(row, State.SUCCEEDED, but=but)


def _key_text(values: Values | None) -> str:
    return "-" if values is None else ", ".join(map(str, values))


def _left_to_others(slice: jobs.Slice) -> jobs.Then:
    with slice.commit() as save:
        code = "backfill_release_unknown"
        save(cursor={**slice.cursor, "why": code, "why_params": {}}, then=jobs.after(_HOLD_SECONDS))
    return jobs.after(_HOLD_SECONDS)


def _end(
    slice: jobs.Slice, row: Backfill, state: State, code: str, params: dict[str, Any]
) -> jobs.Then:
    with slice.commit() as save:
        row = locked(row.pk)
        if row.state == State.RUNNING:
            end(row, state, code=code, params=params, but=slice.key)
        save(then=jobs.done())
    return jobs.done()
