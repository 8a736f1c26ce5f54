"""A lane: takes one range after the other and works it in batches, until none is left.

All that a batch leaves behind, in the table, on the range and on the lane's run, commits at once
and only for the holder of the run's lease. The lane that finds nothing left ends the backfill.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from django.db import Error as DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from rq.timeouts import BaseTimeoutException

from zdt_core import drain, jobs
from zdt_core.exceptions import LeaseLost
from zdt_core.jobs import stopping
from zdt_deploy.backfills import (
    faults,
    operations,
    pacing,
    places,
    quarters,
    runs,
    throttle,
    vacuums,
)
from zdt_deploy.backfills.batches import Doing, Measure
from zdt_deploy.backfills.beginning import TOGETHER, Begun, begin
from zdt_deploy.backfills.cleaning import Cleaning
from zdt_deploy.backfills.conf import conf
from zdt_deploy.backfills.ending import ACTOR, conclude, fail, locked
from zdt_deploy.backfills.faults import Fault
from zdt_deploy.backfills.keys import Key, Table, Values
from zdt_deploy.backfills.kinds import Done, Work
from zdt_deploy.backfills.models import Backfill, Range
from zdt_deploy.backfills.pacing import Mode, Pressure
from zdt_deploy.backfills.tempo import Tempo
from zdt_deploy.backfills.throttle import Finding

State = Backfill.State
_LONGEST_REST = 2.0
_HOLD_SECONDS = 5.0
_LOOK_AT_HOURS_SECONDS = 300.0
_LONGEST_WAIT = 10.0
_WAITS_BEFORE_OTHERS = 5
_OF_BATCHES = ("backfill_lock_not_had", "backfill_no_room", "backfill_errors_near")
_DEATHS = 3
"""So often may one row take its worker along before it counts as a row that can't be done."""
logger = logging.getLogger("zdt.backfills")


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
        self.tempo = Tempo(row, kept, work.first_rows)
        self.changed = 0
        self._begun: deque[Begun] = deque()
        self.waits = int(kept.get("waits") or 0)
        self.deaths = int(kept.get("deaths") or 0)
        self.why = Finding(Pressure.EASE, kept.get("why", ""), kept.get("why_params", {}))
        self._is_untouched = kept.get("revision") == row.revision
        """Whether nobody has paused, resumed or paced it since; a lane that was paused is no dead
        one, and its last VACUUM was cut short."""
        self.cleaning = Cleaning(
            row, work, connection, table,
            is_last_begun=self._is_untouched and bool(kept.get("cleaned")),
            last_runs=int(kept.get("last_vacuums") or 0) if self._is_untouched else 0,
        )  # fmt: skip
        self._next_look = 0.0

    def work(self) -> jobs.Then:
        """Ranges, one after the other, until the slice's time is up or nothing is left."""
        try:
            if self.slice.cursor.get("open") and self._is_untouched:
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
        size = self.tempo.size
        if size == 1:
            self.deaths += 1
        self.tempo.cut(size)
        self.cleaning.cut_short()
        self._save()

    def _take(self) -> Range | None:
        """The range that this lane is at, else the next one that waits."""
        with self.slice.commit() as save:
            taken = places.take(self.row, self.number)
            save(cursor=self._kept())
        return taken

    def _do_range(self, taken: Range) -> jobs.Then | None:
        """Batches, until the range is done or failed (None), or the slice ends."""
        if self.deaths >= _DEATHS:
            return self._fail_deadly_row(taken)
        while taken.state in places.OPEN:
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
        look = self.tempo.paced.mode is Mode.ADAPTIVE and self._look_is_near()
        size, measured, longest = self.tempo.size, None, 0.0
        try:
            low = places.low(taken, self.doing)
            begun = self._begun_at(taken, low, size)
            if begun is not None:
                size, measured, longest = begun.size, begun.measured, begun.seconds
            started = time.monotonic()
            with self.slice.commit(self.doing.settings()) as save:
                measured, done = self.doing.do(
                    low, taken.high, size, look=look, part=self.tempo.part, measured=measured
                )
                rows = measured.rows if done.rows is None else done.rows
                places.advance(taken, self.number, measured, rows, done)
                self._ease()
                save(cursor=self._kept(), done=self.slice.done + rows)
        except (LeaseLost, BaseTimeoutException):
            raise
        except Exception as error:
            self._begun.clear()
            return self._fault(taken, error, size)
        pause = self.tempo.rest(
            size,
            measured.rows,
            began=self.doing.began,
            seconds=max(longest, self.doing.seconds),
            cost=time.monotonic() - started - self.doing.seconds,
            quickest=self.doing.quickest,
            lease=self.slice.claim.lease,
        )
        if self._too_many_errors(done):
            return self._give_up(done.failed[-1][1])
        self.changed += done.changed
        if self.changed * self.row.lanes >= self.cleaning.least():
            self._next_look = 0.0
        return self._rest(pause)

    def _takes_quarters(self) -> bool:
        return self.tempo.paced.mode is Mode.NONE and self.doing.work.takes_quarters

    def _begun_at(self, taken: Range, low: Values | None, size: int) -> Begun | None:
        """The next batch of ``taken``, with room made for it where that pays."""
        if not self._takes_quarters():
            self._begun.clear()
        elif not self._begun and size >= quarters.LEAST_ROWS:
            batches = TOGETHER if self.row.lanes > 1 else 1
            self._begun.extend(
                begin(self.slice, self.doing, taken, self.number, low, size, batches)
            )
            self.changed += sum(each.changed for each in self._begun)
        return self._begun.popleft() if self._begun else None

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
                return fail(self.slice, self.row, *faults.refusal_of(error))
            case Fault.WAIT:
                return self._wait(taken, rows, "backfill_lock_not_had")
            case Fault.ROOM:
                return self._wait(taken, rows, "backfill_no_room", error=text[:300])
        if size > 1:  # at one, the batch ends with the row's own key
            self.tempo.cut(rows)
            self.why = Finding(Pressure.SLOW, "backfill_errors_near", {"error": text[:300]})
            self._save()
            return None
        return self._fail_row(taken, text)

    def _wait(self, taken: Range, rows: int, code: str, **facts: str) -> jobs.Then | None:
        """Others hold what the batch needs. Let them; after a while see to other ranges."""
        self.waits += 1
        self.tempo.cut(rows)
        self.why = Finding(Pressure.SLOW, code, facts)
        with self.slice.commit() as save:
            if self.waits >= _WAITS_BEFORE_OTHERS and places.put_off(taken, self.number):
                self.waits = 0
            save(cursor=self._kept())
        return self._rest(min(_LONGEST_WAIT, 0.1 * 2 ** min(self.waits, 10)))

    def _blame_nobody(self) -> None:
        """Note that the run is given up for PostgreSQL's sake, which is no death at a row."""
        with suppress(DatabaseError, LeaseLost), self.slice.commit() as save:
            save(cursor={**self._kept(), "open": False})

    def _fail_deadly_row(self, taken: Range) -> jobs.Then | None:
        """The next row has taken its worker along, alone in its batch, again and again."""
        deaths, self.deaths = self.deaths, 0
        with self.slice.commit(self.doing.settings()):
            self.doing.find(places.low(taken, self.doing), taken.high)
        return self._fail_row(taken, f"Its worker died or was too slow {deaths} times at this row")

    def _fail_row(self, taken: Range, text: str) -> jobs.Then | None:
        measured = self.doing.measured
        key = measured.high if measured is not None and measured.rows else None
        if self.row.spec.get("on_error") != "collect" or key is None:
            with self.slice.commit() as save:
                places.fail(taken, self.number, text, key)
                save(cursor=self._kept())
            return None
        alone = Measure(key, 1, measured is not None and measured.last)
        done = Done(1, failed=[(key, text)])
        with self.slice.commit() as save:
            places.advance(taken, self.number, alone, 1, done)
            save(cursor=self._kept(), done=self.slice.done + 1)
        return self._give_up(text) if self._too_many_errors(done) else None

    def _too_many_errors(self, done: Done) -> bool:
        return bool(done.failed) and self.row.row_errors.count() > conf.BACKFILL_ROW_ERRORS

    def _give_up(self, error: str) -> jobs.Then:
        params = {"most": conf.BACKFILL_ROW_ERRORS, "error": error}
        return fail(self.slice, self.row, "backfill_too_many_errors", params)

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
        self.tempo.follow(self.row, runs.taking_part(self.row))
        self.cleaning.is_rare = self._takes_quarters()
        if self.number >= self.row.lanes:
            return self._step_down()
        closed, facts = pacing.closed(self.tempo.paced, datetime.now(UTC))
        if closed > 0:
            outside = Finding(Pressure.HOLD, "backfill_outside_hours", facts)
            return self._hold(outside, min(closed, _LOOK_AT_HOURS_SECONDS))
        if self.tempo.paced.mode is Mode.NONE:
            return self._heed(replace(self.watch.look_at_table(), findings=()))
        return self._heed(self.watch.look(self.row, self.doing.blocked))

    def _heed(self, look: throttle.Look) -> jobs.Then | None:
        if look.others_want_the_table:
            vacuums.give_way(self.connection, self.table)
        elif not look.being_vacuumed:
            self.cleaning.begin_if_due(self.tempo.paced)
        self.tempo.heed(look.pressure)
        heeded = Pressure.HOLD if self.tempo.paced.mode is Mode.FIXED else Pressure.SLOW
        worst = look.worst if look.pressure >= heeded else None
        if worst is not None or self.why.code not in _OF_BATCHES:
            self.why = worst or Finding(Pressure.EASE, "")
        if worst is None or worst.pressure is not Pressure.HOLD:
            return None
        return self._hold(worst, _HOLD_SECONDS)

    def _hold(self, why: Finding, seconds: float) -> jobs.Then:
        """Rest, and let nothing of the backfill's go on meanwhile."""
        self.why = why
        if vacuums.stop_everywhere(self.connection, self.table):
            self.cleaning.cut_short()
        return self._leave(jobs.after(seconds))

    def _step_down(self) -> jobs.Then:
        """There are fewer lanes than there were: leave the range to those that stay."""
        self._stop_vacuum()
        with self.slice.commit() as save:
            if places.give_back(self.row, self.number):
                runs.start_lanes(self.row)
            save(then=jobs.done())
        return jobs.done()

    def _finish(self) -> jobs.Then:
        """Nothing waits: the last lane at work cleans the table up, and ends the backfill."""
        if places.are_open(self.row):
            return self._leave(jobs.done())
        then = self._clean()
        if then is not None:
            return then
        with self.slice.commit() as save:
            row = locked(self.row.pk)
            if row.state == State.RUNNING and not places.are_open(row):
                conclude(row, but=self.slice.key)
            save(then=jobs.done())
        return jobs.done()

    def _clean(self) -> jobs.Then | None:
        """A whole VACUUM where enough was changed; None once it has ended or been cut short."""
        if not self.cleaning.is_worth_an_end(self.tempo.paced):
            return None
        self.why = Finding(Pressure.EASE, "backfill_vacuum")
        renewed = 0.0
        while not self.cleaning.end(self.tempo.paced, self.watch):
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
        if vacuums.stop(self.connection.alias, self.table):
            self.cleaning.cut_short()

    def _save(self) -> None:
        with self.slice.commit() as save:
            save(cursor=self._kept())

    def _kept(self) -> dict[str, object]:
        return {
            **self.tempo.kept(),
            "waits": self.waits,
            "deaths": self.deaths,
            "why": self.why.code,
            "why_params": self.why.params,
            "usual": self.watch.latency.usual,
            "cleaned": self.cleaning.is_last_begun,
            "last_vacuums": self.cleaning.last_runs,
            "revision": self.row.revision,
            "open": True,
        }

    def _ease(self) -> None:
        """A batch was done: what kept it before does not any more."""
        self.waits = self.deaths = 0
        if self.why.code in _OF_BATCHES:
            self.why = Finding(Pressure.EASE, "")
