"""One batch: where it ends, and the transaction that does it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core import database, jobs
from zdt_core.jobs import claims
from zdt_deploy.backfills.conf import conf
from zdt_deploy.backfills.keys import Key, Table, Values, read
from zdt_deploy.backfills.kinds import Batch, Done, Work
from zdt_deploy.backfills.throttle import BLOCKED_BY_US

SEE_ALL = "SELECT set_config('row_security', 'off', true)"
"""Has PostgreSQL raise where policies would hide rows, until the transaction ends."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Where a batch ends and how many rows it has; ``last`` where the range ends with it."""

    high: Values | None
    rows: int
    last: bool


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


class Doing:
    """Does batches of one lane, on the connection of zdt's tables or on another.

    On zdt's own, data and cursor commit together; the commit need not reach the disk, since what a
    crash loses is lost of both, and only done again. On another alias the data commits first, while
    the lane's run is held by a row lock: whoever takes it over has to wait for that, and a frozen
    holder is cut off there before it is here.

    ``measured`` is the batch at hand or the last one, ``began`` when it first locked a row (by this
    process's monotonic clock), ``seconds`` how long its rows took, without what a batch costs
    beside them, ``blocked`` how many sessions waited for it.
    """

    def __init__(
        self, slice: jobs.Slice, work: Work, connection: BaseDatabaseWrapper, table: Table, key: Key
    ) -> None:
        self.slice, self.work = slice, work
        self.connection, self.table, self.key = connection, table, key
        self.is_shared = connection.alias == database.alias()
        self.measured: Measure | None = None
        self.began = self.seconds = 0.0
        self.blocked = 0

    def do(
        self,
        low: Values | None,
        high: Values | None,
        size: int,
        *,
        look: bool = False,
        quarter: int = 0,
        measured: Measure | None = None,
    ) -> tuple[Measure, Done]:
        """Do the next ``size`` rows, inside `slice.commit(settings())`; ``look`` counts who waits
        for us. A ``quarter`` of them is no more than a beginning: the others are given what was
        ``measured`` then."""
        self.measured = measured
        if self.is_shared:
            return self._do(low, high, size, look, quarter)
        claims.write(self.slice.claim, failures=0)
        with transaction.atomic(using=self.connection.alias, durable=True):
            return self._do(low, high, size, look, quarter)

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
        self, low: Values | None, high: Values | None, size: int, look: bool, quarter: int
    ) -> tuple[Measure, Done]:
        connection, table, key = self.connection, self.table, self.key
        if not self.is_shared:
            self._set()
        measured = self.measured or measure(connection, table, key, low, high, size)
        self.measured = measured
        self.began = time.monotonic()
        done = Done(0)
        if measured.rows or measured.last:
            done = self.work.do(
                Batch(connection, table.sql, key, low, measured.high, measured.rows, quarter)
            )
        self.seconds = time.monotonic() - self.began
        if look:
            with connection.cursor() as cursor:
                cursor.execute(BLOCKED_BY_US)
                self.blocked = int(cursor.fetchone()[0])
        return measured, done

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
