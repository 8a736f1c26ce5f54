"""What a backfill would take, before it is begun: from a few batches that are rolled back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.backfills import kinds, pacing, planning, throttle
from zdt_deploy.backfills.batches import Measure, measure
from zdt_deploy.backfills.conf import conf
from zdt_deploy.backfills.keys import Key, Table, Values
from zdt_deploy.backfills.kinds import Batch, Work
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.backfills.pacing import Mode, Pacing
from zdt_deploy.backfills.throttle import Finding

SAMPLE_SECONDS = 0.5
SAMPLE_ROWS = 2000
"""What is rolled back stays in the table as dead rows."""
_WRITES_ALL = 0.9
"""What VACUUM and checkpoints leave of the rate of a few batches."""
_MOST_SPEED_UP = 4
"""A second lane adds about half where nothing is throttled, and many add little."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """``rows`` is PostgreSQL's own estimate. ``rate`` is rows per second of work, from a sample;
    None where nothing could be tried. ``seconds`` is for the pacing asked for, ``by_mode`` for each
    one; ``findings`` are what would slow it down now."""

    rows: int
    batch_rows: int
    batches: int | None
    rate: float | None
    seconds: float | None
    by_mode: dict[str, float | None]
    findings: tuple[Finding, ...]


def estimate(
    table: str,
    alias: str = "default",
    pacing: Pacing | Mapping[str, Any] | str | None = None,
    *,
    kind: str = "",
    spec: dict[str, Any] | None = None,
    lanes: int = 1,
) -> Estimate:
    """The rows of ``table``, and how long a backfill of it takes.

    With ``kind`` and ``spec`` the work itself is tried on a few rows of the middle of the table,
    in a transaction that is rolled back; without them nothing is known of the rate. Raises Refused
    where the backfill would be.
    """
    paced = _parsed(pacing)
    work = kinds.make(kind, spec or {}) if kind else None
    connection, found, key = planning.examined(work, table, alias)
    rows = planning.estimated_rows(connection, found)
    rate = None
    if work is not None:
        work.begin(connection, found.sql)
        rate = _tried(connection, found, key, rows, work)
    by_mode = {str(mode): _seconds(replace(paced, mode=mode), rows, rate, lanes) for mode in Mode}
    batch = _batch_rows(paced, rate)
    watched = throttle.Watch(connection, found, None).look(Backfill(table=table, alias=alias))
    return Estimate(
        rows, batch, -(-rows // batch) if batch else None, rate, by_mode[str(paced.mode)], by_mode,
        watched.findings,
    )  # fmt: skip


def _parsed(value: Pacing | Mapping[str, Any] | str | None) -> Pacing:
    return pacing.parse(value)


def _tried(
    connection: BaseDatabaseWrapper, table: Table, key: Key, rows: int, work: Work
) -> float | None:
    """Rows per second of a few batches; what they change is rolled back."""
    seen, began = 0, time.monotonic()
    low = _middle(connection, table, key, rows)
    with transaction.atomic(using=connection.alias):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('lock_timeout', '100ms', true),"
                " set_config('row_security', 'off', true),"
                " set_config('statement_timeout', '5s', true)"
            )
        while time.monotonic() - began < SAMPLE_SECONDS and seen < SAMPLE_ROWS:
            measured = measure(connection, table, key, low, None, work.first_rows)
            if not measured.rows:
                break
            work.do(_batch(connection, table, key, low, measured))
            seen, low = seen + measured.rows, measured.high
            if measured.last:
                break
        transaction.set_rollback(True, using=connection.alias)
    seconds = time.monotonic() - began
    return seen / seconds if seen and seconds > 0 else None


def _batch(
    connection: BaseDatabaseWrapper, table: Table, key: Key, low: Values | None, to: Measure
) -> Batch:
    return Batch(connection, table.sql, key, low, to.high, to.rows)


def _middle(connection: BaseDatabaseWrapper, table: Table, key: Key, rows: int) -> Values | None:
    """A key near the middle; the beginning of small tables."""
    cuts = planning.cut(connection, table, key, 1, rows, False)
    return cuts[len(cuts) // 2][0] if len(cuts) > 1 else None


def _batch_rows(paced: Pacing, rate: float | None) -> int:
    if paced.mode is Mode.FIXED or rate is None:
        return min(paced.rows, pacing.most_rows(paced))
    aim = paced.batch_seconds or (
        conf.BACKFILL_BATCH_SECONDS
        if paced.mode is Mode.ADAPTIVE
        else conf.BACKFILL_UNTHROTTLED_SECONDS
    )
    return max(1, min(round(rate * aim), pacing.most_rows(paced)))


def _seconds(paced: Pacing, rows: int, rate: float | None, lanes: int) -> float | None:
    if rows == 0:
        return 0.0
    if rate is None:
        return None
    rate *= _WRITES_ALL
    match paced.mode:
        case Mode.NONE:
            return rows / (rate * min(1 + (lanes - 1) / 2, _MOST_SPEED_UP))
        case Mode.FIXED:
            return rows / paced.rows * (paced.rows / rate + paced.pause)
        case Mode.ADAPTIVE:
            duty = paced.duty or conf.BACKFILL_DUTY_MOST
            as_fixed = 1 / max(1 / rate + pacing.REST_SECONDS, pacing.ROW_SECONDS)
            return rows / min(rate * duty, as_fixed)
