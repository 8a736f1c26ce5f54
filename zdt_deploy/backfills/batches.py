"""One batch: where it ends, and the transaction that does it."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core import database, jobs
from zdt_core.jobs import claims
from zdt_deploy.backfills.conf import conf
from zdt_deploy.backfills.keys import Key, Table, Values, read
from zdt_deploy.backfills.kinds import Batch, Done, Work, together
from zdt_deploy.backfills.pacing import Statement
from zdt_deploy.backfills.throttle import BLOCKED_BY_US

SEE_ALL = "SELECT set_config('row_security', 'off', true)"
"""Has PostgreSQL raise where policies would hide rows, until the transaction ends."""
_USUAL_COST, _COSTS_KEPT = 0.0002, 5
"""Seconds that a statement costs beside its rows, until one was tried; of the last ones the
least counts, as others may have waited for the CPU."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Where a batch ends and how many rows it has; ``last`` where the range ends with it.

    ``parts`` are where each statement ends and how many rows it has, where there are several.
    """

    high: Values | None
    rows: int
    last: bool
    parts: tuple[tuple[Values | None, int], ...] = ()


def measure(
    connection: BaseDatabaseWrapper,
    table: Table,
    key: Key,
    low: Values | None,
    high: Values | None,
    size: int,
) -> Measure:
    """The end of the next ``size`` rows after ``low`` up to ``high``, by the index alone."""
    where, params = key.between(low, high)
    rows = f"FROM {table.sql} WHERE {where}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key.selected()} {rows} ORDER BY {key.order()} LIMIT 1 OFFSET {size - 1:d}",
            params,
        )
        found = read(cursor.fetchone())
        if found is not None:
            return Measure(found, size, found == high)
        cursor.execute(f"SELECT count(*) {rows}", params)
        return Measure(high, int(cursor.fetchone()[0]), True)


def measure_in_parts(
    connection: BaseDatabaseWrapper,
    table: Table,
    key: Key,
    low: Values | None,
    high: Values | None,
    size: int,
    part: int,
) -> Measure:
    """As `measure`, with a stop after every ``part`` rows, about."""
    where, params = key.between(low, high)
    columns, order = ", ".join(column.sql for column in key.columns), key.order()
    every = math.ceil(size / math.ceil(size / part))
    rows = f"FROM {table.sql} WHERE {where} ORDER BY {order} LIMIT {size:d}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH batch AS (SELECT {columns} {rows}), counted AS ("  # noqa: S608
            f"SELECT {key.selected()}, row_number() OVER (ORDER BY {order}) AS zdt_row,"
            " count(*) OVER () AS zdt_rows FROM batch) "
            f"SELECT * FROM counted WHERE zdt_row %% {every:d} = 0 OR zdt_row = zdt_rows"
            " ORDER BY zdt_row",
            params,
        )
        found = [(list(values), place, rows) for *values, place, rows in cursor.fetchall()]
    if not found:
        return Measure(high, 0, True)
    end, _, count = found[-1]
    is_last = count < size or end == high
    ends = [values for values, _, _ in found[:-1]] + [high if is_last else end]
    places = [0, *(place for _, place, _ in found)]
    counts = [after - before for before, after in pairwise(places)]
    return Measure(ends[-1], count, is_last, tuple(zip(ends, counts, strict=True)))


class Doing:
    """Does batches of one lane, on the connection of zdt's tables or on another.

    On zdt's own, data and cursor commit together; the commit need not reach the disk, since what a
    crash loses is lost of both, and only done again. On another alias the data commits first, while
    the lane's run is held by a row lock: whoever takes it over has to wait for that, and a frozen
    holder is cut off there before it is here.

    ``measured`` is the batch at hand or the last one, ``began`` when it first locked a row (by this
    process's monotonic clock), ``seconds`` how long its rows took, without what a batch costs
    beside them, ``quickest`` is one of its statements, ``blocked`` how many sessions waited for it.
    """

    def __init__(
        self, slice: jobs.Slice, work: Work, connection: BaseDatabaseWrapper, table: Table, key: Key
    ) -> None:
        self.slice, self.work = slice, work
        self.connection, self.table, self.key = connection, table, key
        self.is_shared = connection.alias == database.alias()
        self.measured: Measure | None = None
        self.began = self.seconds = 0.0
        self.quickest = Statement(0, 0.0, 0.0)
        self.blocked = 0
        self._costs: deque[float] = deque(maxlen=_COSTS_KEPT)

    def do(
        self,
        low: Values | None,
        high: Values | None,
        size: int,
        *,
        look: bool = False,
        quarter: int = 0,
        part: int = 0,
        measured: Measure | None = None,
    ) -> tuple[Measure, Done]:
        """Do the next ``size`` rows, inside `slice.commit(settings())`; ``look`` counts who waits
        for us. A ``quarter`` of them is no more than a beginning: the others are given what was
        ``measured`` then. Where ``part`` is set, each statement has so many rows, about."""
        self.measured = measured
        if self.is_shared:
            return self._do(low, high, size, look, quarter, part)
        claims.write(self.slice.claim, failures=0)
        with transaction.atomic(using=self.connection.alias, durable=True):
            return self._do(low, high, size, look, quarter, part)

    def find(self, low: Values | None, high: Values | None) -> None:
        """Measure the next row, and do nothing to it; inside `slice.commit()`, too."""
        with transaction.atomic(using=self.connection.alias):
            if not self.is_shared:
                self._set()
            self.measured = measure(self.connection, self.table, self.key, low, high, 1)

    def settings(self) -> dict[str, str]:
        """What `slice.commit` is to set: nothing where the batch has a transaction elsewhere."""
        return self._settings() if self.is_shared else {}

    def _do(
        self,
        low: Values | None,
        high: Values | None,
        size: int,
        look: bool,
        quarter: int,
        part: int,
    ) -> tuple[Measure, Done]:
        if not self.is_shared:
            self._set()
        measured = self.measured or self._measure(low, high, size, part)
        self.measured = measured
        self.began = time.monotonic()
        done = Done(0)
        if measured.rows or measured.last:
            done = self._work(low, measured, quarter)
        self.seconds = time.monotonic() - self.began
        if self.work.takes_parts and part and (look or not self._costs):
            self._weigh(measured)
        if look:
            with self.connection.cursor() as cursor:
                cursor.execute(BLOCKED_BY_US)
                self.blocked = int(cursor.fetchone()[0])
        return measured, done

    def _work(self, low: Values | None, measured: Measure, quarter: int) -> Done:
        """The rows of the batch, in as many statements as were ``measured``."""
        done, took = [], []
        cost = min(self._costs, default=_USUAL_COST)
        for high, rows in measured.parts or ((measured.high, measured.rows),):
            started = time.monotonic()
            done.append(self._statement(low, high, rows, quarter))
            took.append(Statement(rows, time.monotonic() - started, cost))
            low = high
        self.quickest = min(took, key=lambda each: each.seconds / max(1, each.rows))
        return together(done)

    def _weigh(self, measured: Measure) -> None:
        """What a statement costs beside its rows: one without any is nothing else."""
        if measured.high is not None:
            started = time.monotonic()
            self._statement(measured.high, measured.high, 0)
            self._costs.append(time.monotonic() - started)

    def _statement(
        self, low: Values | None, high: Values | None, rows: int, quarter: int = 0
    ) -> Done:
        return self.work.do(
            Batch(self.connection, self.table.sql, self.key, low, high, rows, quarter)
        )

    def _measure(self, low: Values | None, high: Values | None, size: int, part: int) -> Measure:
        where = (self.connection, self.table, self.key, low, high, size)
        if self.work.takes_parts and 0 < part < size:
            return measure_in_parts(*where, part)
        return measure(*where)

    def _set(self) -> None:
        settings = self._settings()
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(['set_config(%s, %s, true)'] * len(settings))}",
                [text for pair in settings.items() for text in pair],
            )

    def _settings(self) -> dict[str, str]:
        lease = self.slice.claim.lease
        idle = lease if self.is_shared else lease / 2
        return {
            "synchronous_commit": "off" if self.is_shared else "on",
            "row_security": "off",
            "lock_timeout": _milliseconds(conf.BACKFILL_LOCK_SECONDS, 1),
            "statement_timeout": _milliseconds(lease / 2, 1000),
            "idle_in_transaction_session_timeout": _milliseconds(idle, 500),
        }


def _milliseconds(seconds: float, least: int) -> str:
    return str(max(least, round(seconds * 1000)))
